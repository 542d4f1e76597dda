"""What a rule may fail with; nothing else ever leaves this package.

RuleError
├── RuleSyntaxError    the text is no rule: row, column, what stands there and what could
└── RuleLimitError     the rule is too long, too deep, takes too many steps or makes too long a text
"""


class RuleError(Exception):
    """A rule cannot be read, or cannot be evaluated within its bounds."""


class RuleSyntaxError(RuleError):
    """The text of a rule does not follow the grammar. Rows and columns count from 1.

    >>> str(RuleSyntaxError(1, 5, "'=' is not expected here; an operator or the end would be"))
    "row 1, column 5: '=' is not expected here; an operator or the end would be"
    """

    def __init__(self, row: int, column: int, message: str) -> None:
        super().__init__(f"row {row}, column {column}: {message}")
        self.row = row
        self.column = column
        self.message = message


class RuleLimitError(RuleError):
    """A rule goes beyond one of its bounds; the message names the bound."""
