# attack: a record that is used in the hook of another one
# refused: record.drop was used after on_record had returned
POLICY = {'api': 1}

kept = []


def on_record(record, ctx):
    if kept:
        kept[0].drop()
    kept.append(record)
