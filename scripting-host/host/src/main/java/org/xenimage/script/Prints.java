package org.xenimage.script;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** What code prints, on its way to an output that stays its owner's: each write is seen at once. */
final class Prints extends FilterOutputStream {
    Prints(OutputStream out) {
        super(out);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        out.write(bytes, from, count);
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.flush();
    }
}
