"""What the nodes of ``lib.uuid`` mean."""

import uuid

import pytest

from nodetool_jupyter.nodes.library import uuid as u

TEXT = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"  # RFC 9562's own namespace of domain names
PYTHON_ORG = "6fa459ea-ee8a-3ca4-894e-db77e160355e"  # its documented UUID of version 3


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (u.GenerateUUID3("dns", "python.org"), PYTHON_ORG),
        (u.GenerateUUID3(TEXT, "python.org"), PYTHON_ORG),
        (u.GenerateUUID5(" DNS ", "python.org"), "886313e1-3b8a-5372-9b90-0c9aee199e5d"),
        (u.GenerateUUID5("url", ""), str(uuid.uuid5(uuid.NAMESPACE_URL, ""))),
        (
            u.ParseUUID(TEXT.upper()),
            {
                "uuid": TEXT,
                "hex": TEXT.replace("-", ""),
                "int": "143098242404177361603877621312831893704",
                "urn": f"urn:uuid:{TEXT}",
                "version": 1,
                "variant": "specified in RFC 4122",
            },
        ),
        (u.ParseUUID("0" * 32)["version"], None),
        (u.FormatUUID(TEXT.replace("-", "")), TEXT),
        (u.FormatUUID(f"{{{TEXT}}}", "hex"), TEXT.replace("-", "")),
        (u.FormatUUID(TEXT, "urn"), f"urn:uuid:{TEXT}"),
        (u.FormatUUID(f" urn:uuid:{TEXT} ", "int"), "143098242404177361603877621312831893704"),
        (u.IsValidUUID(TEXT), True),
        (u.IsValidUUID(TEXT.upper().replace("-", "")), True),
        (u.IsValidUUID(TEXT[:-1]), False),
        (u.IsValidUUID(TEXT[:-1] + "g"), False),
        (u.IsValidUUID(""), False),
    ],
)
def test_meaning(result, expected):
    assert result == expected


@pytest.mark.parametrize(("make", "version"), [(u.GenerateUUID1, 1), (u.GenerateUUID4, 4)])
def test_made_ones_differ_and_say_how_they_were_made(make, version):
    made = [uuid.UUID(make()) for _ in range(100)]
    assert len(set(made)) == 100
    assert {one.version for one in made} == {version}


def test_a_uuid_of_the_time_hides_the_machine():
    assert uuid.UUID(u.GenerateUUID1()).node != uuid.getnode()
    assert uuid.UUID(u.GenerateUUID1()).node & (1 << 40)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: u.ParseUUID("x"), "ParseUUID: 'x' is not a UUID"),
        (lambda: u.FormatUUID(""), "FormatUUID: '' is not a UUID"),
        (lambda: u.GenerateUUID3("dnss", "a"), "GenerateUUID3: 'dnss' is no namespace and no UUID; did you mean 'dns'"),
        (
            lambda: u.GenerateUUID5("?", "a"),
            "GenerateUUID5: '.' is no namespace and no UUID; valid: dns, oid, url, x500",
        ),
    ],
)
def test_refusals_are_sentences(call, message):
    with pytest.raises(ValueError, match=message):
        call()
