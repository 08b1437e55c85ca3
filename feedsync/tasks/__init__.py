"""Work for later: this environment asks Cloud Tasks to call one of its own URLs, and answers those calls.

`cloud` makes tasks, `addresses` knows the URLs, `calls` lets Google in and nobody else.
"""
