package org.xenimage.tests.hostile.disk;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A file or a folder of a simulated disk: what it holds, what of it would survive a power cut, and what might. */
final class DiskFile {
    /** A write that is in the cache only; no bytes: a cut to the offset. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Write(long offset, byte[] bytes) {}

    byte[] bytes = {};
    byte[] forced = {};
    boolean folder;
    final List<Write> pending = new ArrayList<>();

    static DiskFile folder() {
        var made = new DiskFile();
        made.folder = true;
        return made;
    }

    void apply(Write write) {
        bytes = applied(bytes, write);
        pending.add(write);
    }

    void force() {
        forced = bytes.clone();
        pending.clear();
    }

    static byte[] applied(byte[] to, Write write) {
        if (write.bytes().length == 0) return Arrays.copyOf(to, (int) write.offset());
        int end = (int) write.offset() + write.bytes().length;
        byte[] grown = Arrays.copyOf(to, Math.max(to.length, end));
        System.arraycopy(write.bytes(), 0, grown, (int) write.offset(), write.bytes().length);
        return grown;
    }
}
