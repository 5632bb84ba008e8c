"""Questions about a chart that its data table answers."""

from .chart_data import ChartData
from .labels import Chart, LabelledQuestion
from .writing import Writer

# A value that is not printed can be read off an axis to about this share.
_TOLERANCE = 0.05


def chart_questions(writer: Writer, data: ChartData, chart: Chart) -> tuple[LabelledQuestion, ...]:
    questions = [
        LabelledQuestion("title", "What is the title of this chart?", (data.title,) if data.title else ()),
    ]
    if data.kind != "pie":
        questions.append(
            LabelledQuestion("x_title", "What is the title of the x axis?", (data.x_title,) if data.x_title else ())
        )
        questions.append(
            LabelledQuestion("y_title", "What is the title of the y axis?", (data.y_title,) if data.y_title else ())
        )
    x_name, y_name = chart.header[0], chart.header[1]
    single = len(data.series) == 1
    if single:
        row = data.values[0]
        order = sorted(range(len(row)), key=row.__getitem__)
        if row[order[-1]] > 1.05 * row[order[-2]]:
            answer = data.categories[order[-1]]
            asked = f'Which "{x_name}" has the highest "{y_name}"?'
            questions.append(LabelledQuestion("highest", asked, (answer,), (chart.row_boxes[order[-1]],)))
        if row[order[0]] < 0.95 * row[order[1]]:
            answer = data.categories[order[0]]
            asked = f'Which "{x_name}" has the lowest "{y_name}"?'
            questions.append(LabelledQuestion("lowest", asked, (answer,), (chart.row_boxes[order[0]],)))
        count = str(len(data.categories))
        questions.append(
            LabelledQuestion("count", f'How many different values of "{x_name}" are shown?', (count,), (), "count")
        )
    for index in writer.some(range(len(chart.rows)), 2):
        category, value, *series = chart.rows[index]
        of = f' and "{series[0]}"' if series else ""
        asked = f'What is the "{y_name}" for "{category}"{of}?'
        box = (chart.row_boxes[index],)
        questions.append(LabelledQuestion("value", asked, (value,), box, "number", _TOLERANCE))
    return tuple(questions)
