# attack: modules from folders of the machine
# contained: tried 7
POLICY = {'api': 1}

def evil(folder):
    import sys
    sys.path.insert(0, folder)
    sys.path_importer_cache.clear()
    import nosuch


def on_begin(ctx):
    attempts = [
        lambda: evil('/tmp'),
        lambda: __import__('runpy').run_path('/etc/passwd'),
        lambda: __import__('importlib.util').util.spec_from_file_location('x', '/x').loader.exec_module(None),
        lambda: __import__('zipimport').zipimporter('/tmp/x.zip'),
        lambda: __import__('site').addsitedir('/tmp') or __import__('nosuch'),
        lambda: __import__('pkgutil').get_data('json', '../../../etc/passwd').decode(),
        lambda: __import__('importlib.resources').resources.files('json').joinpath('../../../../etc/passwd').open(),
    ]
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except BaseException:
            continue
        ctx.log('GOT THROUGH %d' % number)
    ctx.log('tried %d' % len(attempts))
