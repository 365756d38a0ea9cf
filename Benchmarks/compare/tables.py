"""The page: tables between two markers of docs/performance.md."""

import statistics

BEGIN, END = "<!-- compare: begin (written by `make bench`) -->", "<!-- compare: end -->"


def shown(value, unit):
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}" + ("" if unit == "×" else f" {unit}")


def ratio(value, of):
    return f"{value / of:.2f}" if of else "–"


def remark(notes):
    lost = sum(note.get("lost", 0) for note in notes)
    faults = sum(note.get(name, 0) for note in notes for name in ("doubled", "out_of_order", "damaged", "disconnected"))
    remarks = []
    if lost:
        remarks.append(f"{lost:,} lost")
    if faults:
        remarks.append(f"{faults:,} doubled, out of order, damaged or disconnected")
    return ", ".join(remarks) or "–"


def table(figure, results, failures):
    """`results`: by server, the values and the reports of all rounds."""
    medians = {name: statistics.median(value for value, _ in rounds) for name, rounds in results.items()}
    lines = [
        f"**{figure.title}**", "", "| server | median | min–max | in relation to nchan | to the floor | faults |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for name, rounds in results.items():
        values = [value for value, _ in rounds]
        spread = f"{shown(min(values), figure.unit)}–{shown(max(values), figure.unit)}"
        lines.append(
            f"| {name} | {shown(medians[name], figure.unit)} | {spread} | {ratio(medians[name], medians.get('nchan'))} "
            f"| {ratio(medians[name], medians.get('floor'))} | {remark([note for _, note in rounds])} |")
    lines += [f"| {name} | failed | | | | {reason} |" for name, reason in failures.items() if name not in results]
    return "\n".join(lines) + "\n"


def write(path, text):
    """Puts the text between the markers; makes the page where there is none."""
    page = path.read_text() if path.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    head, found, rest = page.partition(BEGIN)
    _, found_end, tail = rest.partition(END)
    if not (found and found_end):
        raise SystemExit(f"{path} lacks the lines “{BEGIN}” and “{END}”, between which the tables stand.")
    path.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}")
