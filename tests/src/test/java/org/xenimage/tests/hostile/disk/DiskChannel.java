package org.xenimage.tests.hostile.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** An open file of a simulated disk; for one thread at a time. */
final class DiskChannel extends FileChannel {
    private final SimulatedDisk disk;
    private final DiskFile file;
    private final String directory;
    private long position;

    /** Of a folder, if that has a name here. */
    DiskChannel(SimulatedDisk disk, DiskFile file, String directory) {
        this.disk = disk;
        this.file = file;
        this.directory = directory;
    }

    @Override
    public synchronized int read(ByteBuffer into, long from) throws IOException {
        disk.call();
        if (disk.interrupted()) return 0;
        if (from >= file.bytes.length) return -1;
        int step = (int) Math.min(into.remaining(), file.bytes.length - from);
        if (disk.shortened() && step > 1) step = (step + 1) / 2;
        into.put(file.bytes, (int) from, step);
        return step;
    }

    @Override
    public synchronized int write(ByteBuffer from, long at) throws IOException {
        disk.call();
        int step = disk.interrupted() ? 0 : from.remaining();
        if (disk.shortened() && step > 1) step = (step + 1) / 2;
        byte[] bytes = new byte[step];
        from.get(bytes);
        if (step > 0) file.apply(new DiskFile.Write(at, bytes));
        return step;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        int step = read(into, position);
        if (step > 0) position += step;
        return step;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        int step = write(from, position);
        position += step;
        return step;
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) throws IOException {
        long done = 0;
        for (int i = offset; i < offset + length; i++) {
            if (!into[i].hasRemaining()) continue;
            int step = read(into[i]);
            if (step < 0) return done == 0 ? -1 : done;
            done += step;
            if (into[i].hasRemaining()) break;
        }
        return done;
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
        long done = 0;
        for (int i = offset; i < offset + length; i++) {
            if (!from[i].hasRemaining()) continue;
            done += write(from[i]);
            if (from[i].hasRemaining()) break;
        }
        return done;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public FileChannel position(long to) {
        position = to;
        return this;
    }

    @Override
    public long size() {
        return file.bytes.length;
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        disk.call();
        if (size < file.bytes.length) file.apply(new DiskFile.Write(size, new byte[0]));
        return this;
    }

    @Override
    public void force(boolean metadata) throws IOException {
        disk.call();
        if (directory.isEmpty()) file.force();
        else disk.forceNames(directory);
    }

    @Override
    public long transferTo(long from, long count, WritableByteChannel target) throws IOException {
        ByteBuffer some = ByteBuffer.allocate((int) Math.min(count, 1 << 16));
        int step = read(some, from);
        if (step <= 0) return 0;
        return target.write(some.flip());
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long at, long count) throws IOException {
        ByteBuffer some = ByteBuffer.allocate((int) Math.min(count, 1 << 16));
        if (source.read(some) <= 0) return 0;
        some.flip();
        long done = 0;
        while (some.hasRemaining()) done += write(some, at + done);
        return done;
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long from, long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long from, long size, boolean shared) throws IOException {
        return tryLock(from, size, shared);
    }

    /** Nobody else is there. */
    @Override
    public FileLock tryLock(long from, long size, boolean shared) throws IOException {
        disk.call();
        return new FileLock(this, from, size, shared) {
            @Override
            public boolean isValid() {
                return true;
            }

            @Override
            public void release() {}
        };
    }

    @Override
    protected void implCloseChannel() {}
}
