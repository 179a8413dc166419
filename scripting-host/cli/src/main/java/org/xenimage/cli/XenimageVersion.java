package org.xenimage.cli;

import org.xenimage.cli.output.TextOutput;

/** The program's version, from the manifest of its jar. */
public final class XenimageVersion {
    private XenimageVersion() {}

    /** Whether a command line asks for nothing else. */
    static boolean asked(String... arguments) {
        return arguments.length == 1
                && (arguments[0].equals("--version") || arguments[0].equals("-V"));
    }

    /** Prints the version. */
    static void print(TextOutput out) {
        out.println("xenimage " + number());
        out.println("Java " + Runtime.version());
    }

    /** {@return the number alone} */
    public static String number() {
        String version = XenimageVersion.class.getPackage().getImplementationVersion();
        return version == null ? "(built from source)" : version;
    }
}
