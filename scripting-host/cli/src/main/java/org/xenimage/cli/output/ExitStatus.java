package org.xenimage.cli.output;

/** What the program's exit status says. */
public final class ExitStatus {
    /** All went well. */
    public static final int FINE = 0;

    /** The image, the policy or the machine is at fault. */
    public static final int AT_FAULT = 1;

    /** The command line is at fault. */
    public static final int USAGE = 2;

    /** Xenimage is at fault. */
    public static final int BUG = 3;

    private ExitStatus() {}
}
