"""The demo's app: countries, their parts, languages, names and cities."""
