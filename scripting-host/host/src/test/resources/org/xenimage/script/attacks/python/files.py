# attack: files by every function that opens one
# contained: tried 19
POLICY = {'api': 1}

def on_begin(ctx):
    attempts = [
        lambda: open('/etc/passwd'),
        lambda: open(3),
        lambda: __import__('io').open('/etc/passwd'),
        lambda: __import__('io').FileIO('/etc/passwd'),
        lambda: __import__('io').open_code('/etc/passwd'),
        lambda: __import__('os').open('/etc/passwd', 0),
        lambda: __import__('codecs').open('/etc/passwd'),
        lambda: __import__('pathlib').Path('/etc/passwd').read_text(),
        lambda: __import__('os').listdir('/')[99],
        lambda: __import__('os').stat('/etc/passwd'),
        lambda: __import__('os').readlink('/proc/self/exe'),
        lambda: __import__('shutil').copy('/etc/passwd', '/tmp/x'),
        lambda: __import__('tempfile').TemporaryFile(),
        lambda: __import__('fileinput').input('/etc/passwd').readline(),
        lambda: __import__('linecache').getlines('/etc/passwd')[0],
        lambda: __import__('mmap').mmap(0, 4096),
        lambda: __import__('zipfile').ZipFile('/tmp/x.zip', 'w'),
        lambda: __import__('sqlite3').connect('/tmp/x.db'),
        lambda: __import__('dbm').open('/tmp/x', 'c'),
    ]
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except BaseException:
            continue
        ctx.log('GOT THROUGH %d' % number)
    ctx.log('tried %d' % len(attempts))
