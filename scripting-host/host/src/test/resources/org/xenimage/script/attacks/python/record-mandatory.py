# attack: a record that no image may lack
# refused: 
POLICY = {'api': 1}

def on_record(record, ctx):
    if record.type == 'END':
        record.drop()
