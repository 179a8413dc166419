#!/usr/bin/env python3
"""An independent reader of the Xenimage native format, written from api/formats/docs/native-format.md alone.

    native_reader.py list IMAGE            identification, capabilities, metadata and sections, as JSON
    native_reader.py check IMAGE           every checksum, the content digest, the provenance chain, its signatures
    native_reader.py page IMAGE PFN OUT    one page
    native_reader.py stream IMAGE OUT      the stream that the image was made from

It uses only the standard library, which has no zstd before Python 3.14. It therefore decodes zstd chunks with the zstd
program; without that, it checks their checksums and reports that the content digest was not checked. It has no AES
either: of an encrypted image it reads metadata, sections, checksums and signatures, and reports that the pages are
encrypted. Exit status 0: success; 1: the image is damaged or not supported, and the message says where; 2: usage.
"""

import base64
import hashlib
import json
import shutil
import struct
import subprocess
import sys

PAGE = 4096
PIECE = 1 << 20
NOTE_NAMES = {1: 'IDENT', 2: 'CAPABILITIES', 3: 'DIGEST', 4: 'METADATA', 6: 'STATEMENT', 7: 'SIGNATURE',
              8: 'LAYOUT'}
GUESTS = ['unknown', 'PV', 'HVM', 'PVH']
LAYERS = {1: 'xl', 2: 'libxl', 3: 'libxc'}
KNOWN = {'zstd', 'rounds', 'aes-256-gcm', 'partial'}


class Bad(Exception):
    pass


def crc_table():
    tables = [[0] * 256 for _ in range(8)]
    for i in range(256):
        value = i
        for _ in range(8):
            value = value >> 1 ^ (0x82f63b78 if value & 1 else 0)
        tables[0][i] = value
    for k in range(1, 8):
        for i in range(256):
            value = tables[k - 1][i]
            tables[k][i] = tables[0][value & 255] ^ value >> 8
    return tables


TABLES = crc_table()
ZERO_CRCS = {}


def crc32c(data):
    if len(data) == PIECE and not any(data[:64]) and data == bytes(PIECE):
        if PIECE not in ZERO_CRCS:
            ZERO_CRCS[PIECE] = slow_crc32c(data)
        return ZERO_CRCS[PIECE]
    return slow_crc32c(data)


def slow_crc32c(data):
    t0, t1, t2, t3, t4, t5, t6, t7 = TABLES
    crc = 0xffffffff
    whole = len(data) & ~7
    for low, high in struct.iter_unpack('<II', data[:whole]):
        low ^= crc
        crc = (t7[low & 255] ^ t6[low >> 8 & 255] ^ t5[low >> 16 & 255] ^ t4[low >> 24]
               ^ t3[high & 255] ^ t2[high >> 8 & 255] ^ t1[high >> 16 & 255] ^ t0[high >> 24])
    for value in data[whole:]:
        crc = t0[(crc ^ value) & 255] ^ crc >> 8
    return crc ^ 0xffffffff


def unzstd(frame, length):
    program = shutil.which('zstd')
    if program is None:
        return None
    plain = subprocess.run([program, '-d', '-c', '-q'], input=frame, stdout=subprocess.PIPE, check=True).stdout
    if len(plain) != length:
        raise Bad('zstd frame holds %d bytes, its chunk says %d' % (len(plain), length))
    return plain


class Digest:
    """Section 10: SHA-256 of the SHA-256s of the pieces."""

    def __init__(self):
        self.whole, self.piece, self.held, self.length = hashlib.sha256(), hashlib.sha256(), 0, 0

    def update(self, data):
        view = memoryview(data)
        self.length += len(view)
        while len(view):
            step = min(len(view), PIECE - self.held)
            self.piece.update(view[:step])
            self.held += step
            view = view[step:]
            if self.held == PIECE:
                self.cut()

    def cut(self):
        self.whole.update(self.piece.digest())
        self.piece, self.held = hashlib.sha256(), 0

    def finish(self):
        if self.held:
            self.cut()
        return self.whole.digest()


def parse_notes(data):
    at = 0
    while at + 12 <= len(data):
        namesz, descsz, kind = struct.unpack_from('<III', data, at)
        descriptor = at + 12 + (namesz + 3 & ~3)
        if descriptor + descsz > len(data):
            raise Bad('note at %d reaches beyond its section' % at)
        yield data[at + 12:at + 12 + namesz].rstrip(b'\0').decode(), kind, data[descriptor:descriptor + descsz]
        at = descriptor + (descsz + 3 & ~3)


class Ed25519:
    """Verification as in RFC 8032, section 5.1.7, with whole numbers."""

    P = 2**255 - 19
    ORDER = 2**252 + 27742317777372353535851937790883648493
    D = -121665 * pow(121666, -1, P) % P

    @classmethod
    def x_of(cls, y, sign):
        square = (y * y - 1) * pow(cls.D * y * y + 1, -1, cls.P) % cls.P
        x = pow(square, (cls.P + 3) // 8, cls.P)
        if (x * x - square) % cls.P:
            x = x * pow(2, (cls.P - 1) // 4, cls.P) % cls.P
        if (x * x - square) % cls.P or (x == 0 and sign):
            raise Bad('no point of the curve')
        return cls.P - x if x & 1 != sign else x

    @classmethod
    def point(cls, data):
        y = int.from_bytes(data, 'little')
        sign, y = y >> 255, y & (1 << 255) - 1
        if y >= cls.P:
            raise Bad('no point of the curve')
        x = cls.x_of(y, sign)
        return x, y, 1, x * y % cls.P

    @classmethod
    def add(cls, one, other):
        a = (one[1] - one[0]) * (other[1] - other[0]) % cls.P
        b = (one[1] + one[0]) * (other[1] + other[0]) % cls.P
        c = 2 * one[3] * other[3] * cls.D % cls.P
        d = 2 * one[2] * other[2] % cls.P
        e, f, g, h = b - a, d - c, d + c, b + a
        return e * f % cls.P, g * h % cls.P, f * g % cls.P, e * h % cls.P

    @classmethod
    def times(cls, number, point):
        sum_ = (0, 1, 1, 0)
        while number:
            if number & 1:
                sum_ = cls.add(sum_, point)
            point, number = cls.add(point, point), number >> 1
        return sum_

    @classmethod
    def verifies(cls, key, signature, data):
        scalar = int.from_bytes(signature[32:], 'little')
        if len(key) != 32 or len(signature) != 64 or scalar >= cls.ORDER:
            return False
        y = 4 * pow(5, -1, cls.P) % cls.P
        base = (cls.x_of(y, 0), y, 1, cls.x_of(y, 0) * y % cls.P)
        try:
            r, a = cls.point(signature[:32]), cls.point(key)
        except Bad:
            return False
        h = int.from_bytes(hashlib.sha512(signature[:32] + key + data).digest(), 'little') % cls.ORDER
        left, right = cls.times(scalar, base), cls.add(r, cls.times(h, a))
        return ((left[0] * right[2] - right[0] * left[2]) % cls.P == 0
                and (left[1] * right[2] - right[1] * left[2]) % cls.P == 0)


class Chunk:
    """Section 6."""

    def __init__(self, file):
        self.at = file.tell()
        header = file.read(40)
        if len(header) < 40:
            raise Bad('chunk missing at 0x%x: the image is truncated' % self.at)
        magic, size, tag, self.kind, self.codec, flags, self.position, self.length, stored, crc, _ = struct.unpack(
            '<II4sBBHQIIII', header)
        if magic != 0x184d2a5c or size != 32 + (0 if self.codec == 1 else stored) or tag != b'XICK':
            raise Bad('no chunk at 0x%x' % self.at)
        if self.length > (PIECE if self.kind == 1 else 1 << 24) or stored > self.length + 0x1000:
            raise Bad('chunk at 0x%x is too long' % self.at)
        self.stored = file.read(stored)
        if len(self.stored) < stored:
            raise Bad('chunk at 0x%x is truncated' % self.at)
        if crc32c(header[:32] + bytes(4) + header[36:] + self.stored) != crc:
            raise Bad('chunk at 0x%x: wrong CRC32C' % self.at)

    def content(self):
        if self.codec == 0:
            return self.stored
        if self.codec == 1:
            return unzstd(self.stored, self.length)
        if self.codec == 2:
            return bytes(self.length)
        if self.codec == 3:
            return None
        raise Bad('chunk at 0x%x: codec %d is not supported' % (self.at, self.codec))


class Image:
    def __init__(self, path):
        self.file = open(path, 'rb')
        header = self.file.read(64)
        if header[:6] != b'\x7fELF\x02\x01' or header[24:32] != b'Xenimage':
            raise Bad('no Xenimage native image')
        self.file.seek(0, 2)
        self.length = self.file.tell()
        shoff, = struct.unpack_from('<Q', header, 40)
        count, names = struct.unpack_from('<HH', header, 60)
        table = [struct.unpack('<IIQQQQIIQQ', self.read(shoff + 64 * i, 64)) for i in range(count)]
        strings = self.read(table[names][4], table[names][5])
        self.sections = {}
        for entry in table[1:]:
            name = strings[entry[0]:strings.index(b'\0', entry[0])].decode()
            if entry[4] + entry[5] > self.length:
                raise Bad('section %s reaches beyond the file: it is truncated' % name)
            self.sections[name] = (entry[4], entry[5])
        self.ident, self.capabilities, self.digest, self.metadata, self.chain = {}, [], None, {}, []
        self.layout = {}
        for owner, kind, data in self.notes():
            if owner == 'Xenimage':
                getattr(self, 'note_' + NOTE_NAMES.get(kind, 'unknown'))(data)
        if not self.ident:
            raise Bad('no note IDENT')

    def read(self, offset, length):
        self.file.seek(offset)
        data = self.file.read(length)
        if len(data) < length:
            raise Bad('the file ends at 0x%x: it is truncated' % self.length)
        return data

    def section(self, name):
        if name not in self.sections:
            raise Bad('no section ' + name)
        return self.read(*self.sections[name])

    def notes(self):
        for name in ('.note.Xenimage', '.note.Xenimage.meta', '.note.Xenimage.chain'):
            if name in self.sections:
                yield from parse_notes(self.section(name))

    def note_IDENT(self, data):
        (major, minor, form, guest, width, order, machine, shift, levels, layer, libxc, flags, xmaj, xmin, piece, _,
         stream, contents) = struct.unpack_from('<HHBBBBHBBBBHIIIIQQ', data)
        if major != 1:
            raise Bad('version %d.%d: this reader knows 1.x' % (major, minor))
        self.ident = {
            'version': '%d.%d' % (major, minor), 'form': {1: 'seekable', 2: 'streaming'}[form],
            'guest_type': GUESTS[guest], 'guest_width': width, 'stream_order': order, 'machine': machine,
            'page_shift': shift, 'pt_levels': levels, 'layer': LAYERS[layer], 'libxc_version': libxc, 'flags': flags,
            'partial': bool(flags & 1),
            'xen': '%d.%d' % (xmaj, xmin), 'stream_length': stream, 'content_count': contents}

    def note_CAPABILITIES(self, data):
        self.capabilities = [name.decode() for name in data.split(b'\0') if name]
        for name in self.capabilities:
            if name[0] == '!' and name[1:] not in KNOWN:
                raise Bad('needs the capability ' + name[1:])

    def note_DIGEST(self, data):
        self.digest = data[:48]

    def note_METADATA(self, data):
        self.metadata = json.loads(data)

    def note_STATEMENT(self, data):
        self.chain.append((bytes(data), []))

    def note_SIGNATURE(self, data):
        if not self.chain:
            raise Bad('a signature comes before any statement')
        self.chain[-1][1].append(json.loads(data))

    def note_LAYOUT(self, data):
        self.layout = {name.rstrip(b'\0').decode(): {'offset': offset, 'length': length}
                       for offset, length, name in struct.iter_unpack('<QQ48s', data) if name.strip(b'\0')}

    def note_unknown(self, data):
        pass

    def unreadable(self):
        if '!aes-256-gcm' in self.capabilities:
            return 'it is encrypted'
        return 'it is in zstd chunks, and there is no zstd program'

    # Section 13: provenance

    def check_chain(self):
        previous, signers = None, []
        for number, (data, signatures) in enumerate(self.chain, 1):
            statement = json.loads(data)
            if statement.get('previous') != previous:
                raise Bad('statement %d does not follow the one before it' % number)
            previous = hashlib.sha256(data).hexdigest()
            for signature in signatures:
                key = base64.b64decode(signature['key'])
                if not Ed25519.verifies(key, base64.b64decode(signature['signature']), b'Xenimage statement\n' + data):
                    raise Bad('statement %d: wrong signature of %s' % (number, signature['key']))
                signers.append(signature['key'])
        if self.chain and json.loads(self.chain[-1][0])['digest'] != self.digest[16:48].hex():
            raise Bad('the last statement names another content')
        return signers

    # Section 7 and 10: sums

    def check_sums(self):
        end = sum(self.sections['.xenimage.sums'])
        trailer = self.read(end, 64)
        magic, size, _, length, offset, data, shoff, crc, _, own = struct.unpack('<8sIIQQQQIQI', trailer)
        if (magic != b'XenimEnd' or own != crc32c(trailer[:60]) or length != end + 64
                or (offset, data) != self.sections['.xenimage.sums']):
            raise Bad('no trailer after the checksums: the file is truncated or damaged')
        table = self.read(offset, data)
        if crc32c(table) != crc:
            raise Bad('the table of checksums is damaged')
        end, checked = 0, 0
        for start, size, crc, flags in struct.iter_unpack('<QQII', table):
            if start < end or size > PIECE:
                raise Bad('sums overlap at 0x%x' % start)
            end = start + size
            range_ = self.read(start, size)
            if flags & 1 and any(range_):
                raise Bad('range at 0x%x is not zero' % start)
            if crc32c(range_) != crc:
                raise Bad('range at 0x%x: wrong CRC32C' % start)
            checked += size
        return checked

    # Section 5 and 7: contents

    def chunks(self, name):
        self.file.seek(self.sections[name][0])
        while True:
            chunk = Chunk(self.file)
            if chunk.kind == 0:
                return
            after = self.file.tell()
            yield chunk
            self.file.seek(after)

    def stored(self, name):
        """A section's content, whole or from its chunks; None if zstd is missing."""
        if name in self.sections:
            return self.section(name)
        contents = [chunk.content() for chunk in self.chunks(name + '.z')]
        return None if None in contents else b''.join(contents)

    def pfns(self):
        name, step = ('.xen_p2m', 2) if '.xen_p2m' in self.sections else ('.xen_pfn', 1)
        table = self.section(name)
        return struct.unpack('<%dQ' % (len(table) // 8), table)[::step]

    def page(self, pfn):
        name, width = ('.xen_p2m', 16) if '.xen_p2m' in self.sections else ('.xen_pfn', 8)
        start, length = self.sections[name]
        low, high = 0, length // width - 1
        while low <= high:
            middle = (low + high) // 2
            found, = struct.unpack('<Q', self.read(start + middle * width, 8))
            if found == pfn:
                return self.page_number(middle)
            low, high = (middle + 1, high) if found < pfn else (low, middle - 1)
        raise Bad('no page has PFN 0x%x' % pfn)

    def page_number(self, number):
        if '.xen_pages' in self.sections:
            return self.read(self.sections['.xen_pages'][0] + number * PAGE, PAGE)
        position = number * PAGE
        index = self.sections['.xenimage.index'][0]
        at, = struct.unpack('<Q', self.read(index + position // PIECE * 8, 8))
        self.file.seek(at)
        piece = Chunk(self.file).content()
        if piece is None:
            raise Bad('the page cannot be read: ' + self.unreadable())
        return piece[position % PIECE:position % PIECE + PAGE]

    def stream(self):
        """The stream, in parts; nothing if a part needs zstd and there is none."""
        if self.ident['form'] == 'streaming':
            yield from self.stream_chunks()
            return
        skeleton = self.stored('.xenimage.skeleton')
        packed = self.stored('.xenimage.pages') if '.xenimage.pages.z' in self.sections else b''
        earlier, where = None, None
        if '.xenimage.where' in self.sections:
            where = self.section('.xenimage.where')
            earlier = self.stored('.xenimage.earlier')
        if skeleton is None or packed is None or (where and earlier is None):
            return
        number = {pfn: i for i, pfn in enumerate(self.pfns())}
        order = '<' if self.ident['stream_order'] == 1 else '>'
        pages = self.sections.get('.xen_pages', (0, 0))[0]
        at, content = 0, 0
        for literal, entries, contents in struct.iter_unpack('<QII', self.section('.xenimage.recipe')):
            yield skeleton[at:at + literal]
            at += literal
            found = 0
            for entry in struct.unpack_from('%s%dQ' % (order, entries), skeleton, at - 8 * entries):
                if entry >> 60 in (5, 6, 7, 8, 13, 14, 15):
                    continue
                beside = struct.unpack_from('<Q', where, content * 8)[0] if where else 0
                if beside:
                    yield earlier[(beside - 1) * PAGE:beside * PAGE]
                elif packed:
                    start = number[entry & (1 << 52) - 1] * PAGE
                    yield packed[start:start + PAGE]
                else:
                    yield self.read(pages + number[entry & (1 << 52) - 1] * PAGE, PAGE)
                content += 1
                found += 1
            if found != contents:
                raise Bad('a step says %d contents and has %d' % (contents, found))

    def stream_chunks(self):
        position = 0
        for chunk in self.chunks('.xenimage.stream'):
            if chunk.kind == 1:
                if chunk.position != position:
                    raise Bad('chunk at 0x%x: position 0x%x, not 0x%x' % (chunk.at, chunk.position, position))
                position += chunk.length
                content = chunk.content()
                yield b'' if content is None else content
            elif chunk.kind == 2:
                self.metadata = json.loads(chunk.content())
            elif chunk.kind == 3:
                self.digest = chunk.content()[:48]
            elif chunk.kind == 0x80:
                for owner, kind, data in parse_notes(chunk.content()):
                    if owner == 'Xenimage' and kind in (6, 7):
                        getattr(self, 'note_' + NOTE_NAMES[kind])(data)
            elif chunk.kind < 0x80:
                raise Bad('chunk at 0x%x: kind %d is not supported' % (chunk.at, chunk.kind))

    def check_layout(self):
        end = max((there['offset'] + there['length'] for there in self.layout.values()), default=0)
        for name, there in self.layout.items():
            found = self.sections.get(name)
            # An edit in place writes new sections after the others, and does not change the note.
            if found != (there['offset'], there['length']) and (found is None or found[0] < end):
                raise Bad('note LAYOUT has section %s at %r, its header at %r' % (name, there, self.sections.get(name)))

    def check(self):
        report = {'ranges_checked': None, 'digest': None}
        if self.ident['partial']:
            report['partial'] = self.metadata.get('partial', [])
        if self.ident['form'] == 'seekable':
            report['ranges_checked'] = self.check_sums()
            self.check_layout()
            for name in [name for name in self.sections if name.endswith('.z')]:
                report['chunks ' + name] = sum(1 for _ in self.chunks(name))
        digest = Digest()
        for part in self.stream():
            digest.update(part)
        found = digest.finish()
        algorithm, piece, length, wanted = struct.unpack('<IIQ32s', self.digest)
        if digest.length == 0 and length:
            report['digest'] = 'not checked: ' + self.unreadable()
            report['signed_by'] = self.check_chain()
            return report
        if algorithm != 1 or piece != PIECE or length != digest.length or wanted != found:
            raise Bad('content digest is %s over %d bytes, not %s over %d'
                      % (found.hex(), digest.length, wanted.hex(), length))
        report['digest'] = found.hex()
        report['statements'] = len(self.chain)
        report['signed_by'] = self.check_chain()
        report['stream_length'] = length
        return report


def main(arguments):
    if len(arguments) < 2 or arguments[0] not in ('list', 'check', 'page', 'stream'):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        image = Image(arguments[1])
        if arguments[0] == 'list':
            if image.ident['form'] == 'streaming':
                for chunk in image.chunks('.xenimage.stream'):
                    if chunk.kind == 2:
                        image.metadata = json.loads(chunk.content())
            print(json.dumps({
                'ident': image.ident, 'capabilities': image.capabilities, 'metadata': image.metadata,
                'digest': image.digest[16:].hex() if image.digest else None,
                'sections': {name: {'offset': o, 'length': n} for name, (o, n) in image.sections.items()}}, indent=1))
        elif arguments[0] == 'check':
            print(json.dumps(image.check(), indent=1))
        elif arguments[0] == 'page':
            with open(arguments[3], 'wb') as out:
                out.write(image.page(int(arguments[2], 0)))
        else:
            with open(arguments[2], 'wb') as out:
                written = 0
                for part in image.stream():
                    written += out.write(part)
            if not written:
                raise Bad('the stream cannot be read: ' + image.unreadable())
    except (Bad, struct.error, KeyError) as e:
        print('%s: %s' % (arguments[1], e), file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
