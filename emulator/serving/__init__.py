"""How calls come in: the gRPC server, its status codes and planned faults."""
