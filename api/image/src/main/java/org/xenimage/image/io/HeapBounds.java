package org.xenimage.image.io;

/**
 * What may be kept in memory of one image, as shares of the heap that this JVM was started with.
 *
 * <p>Everything that grows with an image asks here how far it may grow. What is larger goes to a
 * {@link ScratchFile}, or is refused with a remedy that {@link #remedy} words. The shares add up to
 * less than three quarters of the heap for any one command, so that a heap which is large enough for the
 * program is large enough for every image. The launcher ({@code bin/xenimage}) starts no command with
 * less than {@link #LEAST}.
 *
 * @param heap the bytes of the heap, at most
 */
public record HeapBounds(long heap) {
    /** The smallest heap that any command is started with, in bytes. */
    public static final long LEAST = 64L << 20;

    /** What a value in a tree of JSON takes: the node, its name, its place in the parent. */
    public static final int TREE_VALUE = 160;

    private static final HeapBounds HERE = new HeapBounds(Runtime.getRuntime().maxMemory());

    /** {@return the bounds of this JVM} */
    public static HeapBounds here() {
        return HERE;
    }

    /** {@return how many bytes the trees made from the JSON of one image may take together} */
    public long trees() {
        return heap / 4;
    }

    /** {@return how many characters one text within JSON may have: it is held up to six times} */
    public int text() {
        return Math.clamp(heap / 64, 1 << 16, 20_000_000);
    }

    /** {@return how many bytes a table of pages may hold in memory before it goes to a file} */
    public long table() {
        return Math.clamp(heap / 16, 1 << 20, 1 << 28);
    }

    /**
     * How many entries a list or map about one image may have.
     *
     * @param bytes what one entry takes, objects and all
     * @return the number, at least 1,000
     */
    public int entries(int bytes) {
        return Math.clamp(heap / 8 / bytes, 1000, Integer.MAX_VALUE - 16);
    }

    /** {@return what a user can do about an image that is too large for these bounds} */
    public String remedy() {
        return "the image was made to exhaust memory; if you trust it, use a larger heap: XENIMAGE_JAVA_OPTS=-Xmx%dm"
                .formatted(Math.max(256, Long.highestOneBit(heap >> 20) * 4));
    }
}
