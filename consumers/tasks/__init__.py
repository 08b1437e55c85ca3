"""Where pulls run: at once, in a thread, in calls of Cloud Tasks, or in a queue of Django's task framework."""
