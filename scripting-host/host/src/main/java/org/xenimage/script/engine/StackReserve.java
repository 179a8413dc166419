package org.xenimage.script.engine;

/**
 * Makes sure that code of the host which a script calls has stack to run on, however deep the script has recursed.
 *
 * <p>If the stack overflows while a class is initialised, the class is unusable in this JVM from
 * then on, also for later images and other policies. So the check is here, in a method that
 * initialises nothing, before the host's own code: the script gets an error about its own
 * recursion.
 */
final class StackReserve {
    /** Frames of some hundred bytes each: more than 100 KiB interpreted, some tens compiled. */
    private static final int FRAMES = 512;

    private StackReserve() {}

    /**
     * Uses the stack that the host may need, and gives it back.
     *
     * @throws StackOverflowError if there is not enough of it
     */
    static void require() {
        if (descend(FRAMES, 1, 2, 3, 4, 5, 6, 7) == 0) throw new StackOverflowError();
    }

    /** Uses all its arguments after the call, so that each frame keeps them. */
    private static long descend(
            int frames, long a, long b, long c, long d, long e, long f, long g) {
        if (frames == 0) return a;
        long below = descend(frames - 1, b, c, d, e, f, g, a);
        return below | a | b | c | d | e | f | g;
    }
}
