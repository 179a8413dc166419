# attack: a record that no image may lack
# refused: broke the rule stream-end
POLICY = {'api': 1}

def on_record(record, ctx):
    if record.type == 'END':
        record.drop()
