POLICY = {"api": 1, "name": "greeting", "params": {"greeting": "hello"}}


def on_begin(ctx):
    ctx.log(f"{ctx.params.get('greeting', 'imported')} from Python")
