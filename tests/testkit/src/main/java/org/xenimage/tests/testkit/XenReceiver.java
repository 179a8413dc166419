package org.xenimage.tests.testkit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What Xen's own readers make of a stream that stops somewhere: whether the guest is started.
 *
 * <p>Written after {@code tools/xl/xl_vmcontrol.c}, {@code tools/libs/light/libxl_stream_read.c}
 * with {@code libxl_aoutils.c}, and {@code tools/libs/guest/xg_sr_restore.c}. Where libxl reads, an
 * end of file is not an error: the bytes that are missing count as zeros, and a record header of
 * zeros is END. Where xl or libxc read, it is one, except that after a checkpoint libxc takes the
 * guest over.
 */
public final class XenReceiver {
    /** What becomes of the guest at the receiver. */
    public enum Verdict {
        /** It is started, as if the stream were complete. */
        STARTED,
        /** It is started from the last checkpoint. */
        TAKEN_OVER,
        /** The domain is destroyed. */
        FAILED,
        /** libxl reads the end of file again and again, and the guest stays unchanged. */
        STUCK
    }

    private static final int XL_HEADER = 48;
    private static final int LIBVIRT_HEADER = 64;
    private static final int XENOPSD_SIGNATURE = 15;
    private static final int XENOPSD_FRAME = 16;
    private static final int XENOPSD_LIBXC = 0xf0;
    private static final int XENOPSD_END = 0xffff;
    private static final int END = 0x00;
    private static final int LIBXC_CONTEXT = 0x01;
    private static final int LIBXL_LAST_EMULATOR = 0x03;
    private static final int CHECKPOINT_END = 0x04;
    private static final int CHECKPOINT_STATE = 0x05;
    private static final int CHECKPOINT = 0x0e;
    private static final int LIBXC_LAST = 0x12;
    private static final int RECORD_HEADER = 8;

    private final byte[] bytes;
    private int at;
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    private boolean checkpointed;

    /** A reader came to the end of the file, or to something that it refuses. */
    private static final class Stop extends Exception {
        private static final long serialVersionUID = 1L;
        final Verdict verdict;

        Stop(Verdict verdict) {
            super(verdict.name());
            this.verdict = verdict;
        }
    }

    private XenReceiver(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * What becomes of a guest whose stream is these bytes and then the end of the file.
     *
     * @param outermost layer with which the receiver begins
     * @param bytes all that it gets
     */
    public static Verdict verdict(StreamBuilder.Outermost outermost, byte... bytes) {
        var receiver = new XenReceiver(bytes);
        try {
            switch (outermost) {
                case XL -> {
                    receiver.xl();
                    receiver.libxl();
                }
                case LIBVIRT -> {
                    receiver.libvirt();
                    receiver.libxl();
                }
                case XENOPSD -> receiver.xenopsd();
                case LIBXL -> receiver.libxl();
                case LIBXC -> receiver.libxc(false);
            }
            return Verdict.STARTED;
        } catch (Stop stop) {
            return stop.verdict;
        }
    }

    private void xl() throws Stop {
        ByteBuffer header = exactly(XL_HEADER, Verdict.FAILED);
        ByteOrder mark = header.getInt(32) == 0x01020304 ? ByteOrder.BIG_ENDIAN : order;
        exactly(header.order(mark).getInt(44), Verdict.FAILED);
    }

    /** {@code libxlDomainSaveImageOpen}. */
    private void libvirt() throws Stop {
        ByteBuffer header = exactly(LIBVIRT_HEADER, Verdict.FAILED).order(ByteOrder.LITTLE_ENDIAN);
        ByteOrder host = header.getInt(16) == 2 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        exactly(header.order(host).getInt(20), Verdict.FAILED);
    }

    /** {@code suspend_image.ml}, {@code read_header}: an end of file within the frames is a failure. */
    private void xenopsd() throws Stop {
        exactly(XENOPSD_SIGNATURE, Verdict.FAILED);
        while (true) {
            ByteBuffer header =
                    exactly(XENOPSD_FRAME, Verdict.FAILED).order(ByteOrder.LITTLE_ENDIAN);
            long type = header.getLong(0);
            if (type == XENOPSD_END) return;
            if (type == XENOPSD_LIBXC) libxc(false);
            else exactly((int) header.getLong(8), Verdict.FAILED);
        }
    }

    private void libxl() throws Stop {
        ByteBuffer header = upTo(16).order(ByteOrder.BIG_ENDIAN);
        if (header.getLong(0) != 0x4c6962786c466d74L || header.getInt(8) != 2)
            throw new Stop(Verdict.FAILED);
        if ((header.getInt(12) & 1) != 0) order = ByteOrder.BIG_ENDIAN;
        while (true) {
            ByteBuffer record = upTo(RECORD_HEADER).order(order);
            int type = record.getInt(0);
            if (type == END) return;
            if (type < 0 || type > LIBXL_LAST_EMULATOR) throw new Stop(Verdict.FAILED);
            upTo(padded(record.getInt(4)));
            if (type == LIBXC_CONTEXT) libxc(true);
        }
    }

    private void libxc(boolean within) throws Stop {
        ByteBuffer header = exactly(40, Verdict.FAILED);
        if (header.order(ByteOrder.BIG_ENDIAN).getLong(0) != -1L) throw new Stop(Verdict.FAILED);
        order = (header.getShort(16) & 1) == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        List<Integer> held = new ArrayList<>();
        while (true) {
            Verdict broken = checkpointed ? Verdict.TAKEN_OVER : Verdict.FAILED;
            ByteBuffer record = exactly(RECORD_HEADER, broken).order(order);
            int type = record.getInt(0);
            exactly(padded(record.getInt(4)), broken);
            if (type == END) return;
            if (type == CHECKPOINT) {
                if (within) checkpoint();
                for (int each : held) process(each);
                held.clear();
                checkpointed = true;
            } else if (type != CHECKPOINT_STATE || !within) {
                if (checkpointed) held.add(type);
                else process(type);
            }
        }
    }

    private static void process(int type) throws Stop {
        if (type >= 0 && type > LIBXC_LAST) throw new Stop(Verdict.FAILED);
    }

    /** libxl keeps the records of a checkpoint until it is complete. */
    private void checkpoint() throws Stop {
        boolean known = true;
        while (true) {
            if (at >= bytes.length) throw new Stop(Verdict.STUCK);
            ByteBuffer record = upTo(RECORD_HEADER).order(order);
            int type = record.getInt(0);
            upTo(padded(record.getInt(4)));
            if (type == CHECKPOINT_END) break;
            known &= type > END && type <= CHECKPOINT_STATE;
        }
        if (!known) throw new Stop(Verdict.FAILED);
    }

    private static int padded(int length) {
        return (length + 7) & ~7;
    }

    /** As libc's read until all is there; xl and libxc fail if it never is. */
    private ByteBuffer exactly(int length, Verdict otherwise) throws Stop {
        if (length < 0 || length > bytes.length - at) throw new Stop(otherwise);
        at += length;
        return ByteBuffer.wrap(Arrays.copyOfRange(bytes, at - length, at));
    }

    /** As libxl's datacopier: what is missing at the end of the file stays zero. */
    private ByteBuffer upTo(int length) {
        int there = Math.clamp(length, 0, bytes.length - at);
        byte[] read = Arrays.copyOf(Arrays.copyOfRange(bytes, at, at + there), Math.max(length, 0));
        at += there;
        return ByteBuffer.wrap(read);
    }
}
