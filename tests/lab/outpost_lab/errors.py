"""The one exception that the lab shows to its user as a plain message."""


class LabError(Exception):
    """The lab cannot start; the text says why and what to do."""
