"""The JSON mapping of the services, as their HTTP rules (google.api.http) say."""
