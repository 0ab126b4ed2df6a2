"""What can go wrong, as types that only the command line turns into exit statuses."""


class StanchError(Exception):
    """Any failure that stops the run; its text is one line that says what to do."""


class UsageError(StanchError):
    """A target, option, revision or configuration that cannot be used as given (exit status 2)."""


class RuleError(UsageError):
    """A rule that cannot be read or used; the text names file, rule and key (exit status 2)."""


class GitError(UsageError):
    """A git command that failed; the text is git's own first complaint."""


class ReaderGone(Exception):
    """Whoever reads our output has closed it: they have seen enough. (click would make status 1 of BrokenPipeError.)"""
