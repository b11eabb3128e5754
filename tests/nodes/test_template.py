"""Templates: what they fill, what they leave, and what they cannot reach."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodetool_jupyter.nodes.template import render


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        ("Hello {{ name }} from {city}", {"name": "Ada", "city": "Paris"}, "Hello Ada from Paris"),
        ("{{ first }} {{ last }}", {"first": "a"}, "a {{ last }}"),
        ("{first} {last}", {"first": "a"}, "a {last}"),
        ('{"json": {x}, "y": {}}', {"x": 1}, '{"json": 1, "y": {}}'),
        (
            "{{ tier | upper }} {{ t|lower }} {{ t|capitalize }} {{ t|title }}",
            {"tier": "a", "t": "bC d"},
            "A bc d Bc d Bc D",
        ),
        ("[{{ t|trim }}] {{ t|truncate(5) }}", {"t": " hello big world "}, "[hello big world] ..."),
        ("{{ nothing | default('x') }}", {}, "x"),
        ("{{ user.name }} {{ user['x'] }}{% for u in users %}x{% endfor %}", {}, "{{ user.name }} {{ user['x'] }}"),
        ("[{{ user.name }}{{ user['x'] }}]", {"user": {}}, "[]"),
        ("{{ Name }} {NAME}", {"name": "Ada"}, "Ada Ada"),
        ("{{ name }}", {"NAME": "Ada"}, "Ada"),
        ("{{ a }}{{ A }}", {"a": 1, "A": 2}, "12"),
        ("{% if r <= 0.1 %}ok{% elif r <= 0.25 %}watch{% else %}risk{% endif %}", {"r": 0.2}, "watch"),
        ("{% for row in rows %}{{ row.a }};{% endfor %}", {"rows": [{"a": 1}, {"a": 2}]}, "1;2;"),
        ("${{ x | round(2) }} {{ l | join(', ') }}", {"x": 1.239, "l": ["a", "b"]}, "$1.24 a, b"),
        ("{{ flag }} {{ n }}", {"flag": False, "n": 3}, "False 3"),
        ("line\n", {}, "line\n"),
        ("{{ '<' }}", {}, "<"),
        ("", {}, ""),
    ],
)
def test_filling(text, values, filled):
    assert render(text, values) == filled


class Guarded:
    secret = "s"
    _private = "p"


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ x.__class__ }}",
        "{{ x._private }}",
        "{{ x.__init__.__globals__ }}",
        "{{ ''['__class__'] }}",
        "{{ x|attr('__class__') }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ '{0.__class__}'.format(x) }}",
        "{{ render.__globals__ }}{{ joiner.__init__.__globals__ }}",
        "{% set _ = items.append(1) %}",
        "{{ 'a' * 999999999 }}",
        "{{ [0] * 999999999 }}",
        "{{ 9 ** 999 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ 'a'.ljust(999999999) }}",
        "{% for i in range(999999999) %}x{% endfor %}",
        "{% for i in range(99999) %}{% for j in range(99999) %}xxxxxxxxxxxxxxxxxxxxxx{% endfor %}{% endfor %}",
        "{% include 'other' %}",
        "{{ 1 / 0 }}",
        "{{ open",
        "{% if %}",
    ],
)
def test_what_is_out_of_reach_fails_with_a_sentence(text):
    items = [0]
    with pytest.raises(ValueError, match=r"^the template "):
        render(text, {"x": Guarded(), "items": items})
    assert items == [0]


def test_the_line_of_a_fault_is_named():
    with pytest.raises(ValueError, match="in line 2"):
        render("fine\n{% endfor %}", {})


ALPHABET = """
    {{ }} {% %} if for in endif endfor x xs user nothing | upper round(2) join(',') . [ ] ( ) 1 0 / * - + ~ 'a'
    == and not is defined set = {x} {# #} : , -1 .__class__ ._x namespace(a=1) loop.index range(3) int default('d')
"""


@given(
    st.lists(st.sampled_from(ALPHABET.split()), max_size=14).map(" ".join) | st.text(alphabet="{}%# x|.\n", max_size=20)
)
@settings(max_examples=500, deadline=None)
def test_any_text_is_filled_or_refused_with_a_sentence(text):
    try:
        assert isinstance(render(text, {"x": 1, "xs": [1, "b"], "user": {"name": "Ada"}}), str)
    except ValueError as error:
        assert str(error).startswith("the template ")
