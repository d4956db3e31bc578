"""The list of broken rules is about the engine as it is; `python tests/mutations.py` tries them."""

import pytest
from mutations import MUTATIONS, Mutation, applied


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_rule_stands_where_it_is_said(mutation: Mutation) -> None:
    compile(applied(mutation), mutation.module, "exec")


def test_what_is_not_there_cannot_be_broken() -> None:
    with pytest.raises(ValueError, match="not once"):
        applied(MUTATIONS[0]._replace(right="no such rule"))
