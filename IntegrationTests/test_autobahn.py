"""RFC 6455 and RFC 7692 by the cases of the Autobahn suite; `make autobahn` runs all of them."""

import pytest
from clients.autobahn import Report, run
from clients.example import running

GROUPS = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*"]
# A few of compression: windows, contexts, fragments, text and binary.
COMPRESSION = ["12.1.2", "12.2.5", "12.3.11", "12.4.8", "12.5.17", "13.1.2", "13.2.11", "13.3.7", "13.5.5", "13.7.16"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_cases(tmp_path):
    options = [word for name in GROUPS + COMPRESSION for word in ("-i", name)]
    with running("Conformance", tmp_path) as server:
        run(tmp_path / "report", f"127.0.0.1:{server.port}", *options, timeout=280)
    report = Report(tmp_path / "report")
    assert len(report.cases) == 301 + len(COMPRESSION)
    assert not report.problems, report.summary
