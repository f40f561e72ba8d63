"""The JSON of the API: request bodies read into messages, messages described in answers."""
