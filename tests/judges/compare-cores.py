#!/usr/bin/env python3
"""Compares two dump-cores of one state of a guest: compare-cores.py MADE GENUINE SAVE

Prints, as JSON, the PFN sets, the differing bytes outside page tables, and how page tables differ. Which pages are
page tables comes from the page types in SAVE, the xl save file that MADE was converted from. Exit status 1 if MADE
differs from GENUINE in a way that a conversion must not.
"""

import json
import struct
import sys


def sections(image):
    shoff, = struct.unpack_from('<Q', image, 40)
    count, names = struct.unpack_from('<HH', image, 60)
    table = [struct.unpack_from('<IIQQQQIIQQ', image, shoff + 64 * i) for i in range(count)]
    strings = table[names][4]
    found = {}
    for header in table[1:]:
        start = strings + header[0]
        found[image[start:image.index(b'\0', start)].decode()] = (header[4], header[5])
    return found


def frames(image, found):
    name, width = ('.xen_p2m', 16) if '.xen_p2m' in found else ('.xen_pfn', 8)
    offset, length = found[name]
    words = struct.unpack_from('<%dQ' % (length // 8), image, offset)
    step = width // 8
    return list(words[::step]), dict(zip(words[::step], words[step - 1::step]))


def page_types(save):
    at = save.find(b'\xff' * 8 + b'XENF') + 40
    types = {}
    while True:
        kind, length = struct.unpack_from('<II', save, at)
        if kind == 1:
            count, = struct.unpack_from('<I', save, at + 8)
            for entry in struct.unpack_from('<%dQ' % count, save, at + 16):
                types[entry & (1 << 52) - 1] = entry >> 60
        if kind == 0:
            return types
        at += 8 + (length + 7) // 8 * 8


def main():
    made, genuine, save = (open(name, 'rb').read() for name in sys.argv[1:4])
    here, there = sections(made), sections(genuine)
    pfns, _ = frames(made, here)
    others, machine = frames(genuine, there)
    types = page_types(save)
    pages, other_pages = here['.xen_pages'][0], there['.xen_pages'][0]
    numbers = {pfn: i for i, pfn in enumerate(others)}
    report = {'pages': len(pfns), 'same_pfns': pfns == others, 'bytes_outside_tables': 0, 'table_pages': 0,
              'words_by_frame': 0, 'words_xen_slots': 0, 'words_otherwise': 0}
    to_pfn = {mfn: pfn for pfn, mfn in machine.items()}
    for i, pfn in enumerate(pfns):
        if pfn not in numbers:
            continue
        a = made[pages + 4096 * i:pages + 4096 * (i + 1)]
        start = other_pages + 4096 * numbers[pfn]
        b = genuine[start:start + 4096]
        level = types.get(pfn, 0) & 7
        if 1 <= level <= 4:
            report['table_pages'] += 1
            for slot, (x, y) in enumerate(zip(struct.unpack('<512Q', a), struct.unpack('<512Q', b))):
                if x == y:
                    continue
                frame = 0x000ffffffffff000
                if level == 4 and 256 <= slot <= 271:
                    report['words_xen_slots'] += 1
                elif x & ~frame == y & ~frame and to_pfn.get((y & frame) >> 12) == (x & frame) >> 12:
                    report['words_by_frame'] += 1
                else:
                    report['words_otherwise'] += 1
        elif a != b:
            report['bytes_outside_tables'] += sum(x != y for x, y in zip(a, b))
    at, length = here['.xen_prstatus']
    start, _ = there['.xen_prstatus']
    words = [i for i in range(0, length, 8) if made[at + i:at + i + 8] != genuine[start + i:start + i + 8]]
    report['context_words'] = words
    print(json.dumps(report, indent=1))
    good = report['same_pfns'] and not report['bytes_outside_tables'] and not report['words_otherwise']
    sys.exit(0 if good else 1)


main()
