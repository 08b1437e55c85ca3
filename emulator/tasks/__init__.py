"""Cloud Tasks: queues, tasks, and their dispatch to HTTP and App Engine targets."""
