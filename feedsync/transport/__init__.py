"""How pages travel: a port, Pub/Sub behind it, and a twin of Pub/Sub in memory."""
