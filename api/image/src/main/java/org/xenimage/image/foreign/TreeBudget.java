package org.xenimage.image.foreign;

import org.xenimage.image.io.HeapBounds;

/**
 * How many bytes of the heap the trees made from the texts of one image may still take. Not safe for use by several
 * threads.
 */
public final class TreeBudget {
    private final HeapBounds bounds;
    private long left;

    /**
     * A budget.
     *
     * @param bounds of the heap
     */
    public TreeBudget(HeapBounds bounds) {
        this.bounds = bounds;
        this.left = bounds.trees();
    }

    /** {@return the budget of one image in this JVM} */
    public static TreeBudget here() {
        return new TreeBudget(HeapBounds.here());
    }

    /** {@return the bounds that it was made from} */
    public HeapBounds bounds() {
        return bounds;
    }

    /**
     * Takes some of it.
     *
     * @param bytes how much
     * @return false if there is too little
     */
    public boolean take(long bytes) {
        left -= bytes;
        return left >= 0;
    }
}
