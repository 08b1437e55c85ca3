"""How calls come in: one port, the gRPC server, the HTTP/1.1 server, services as values, their faults."""
