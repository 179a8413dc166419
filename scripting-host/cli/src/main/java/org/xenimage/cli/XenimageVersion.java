package org.xenimage.cli;

import picocli.CommandLine.IVersionProvider;

/** The program's version, from the manifest of its jar. */
public final class XenimageVersion implements IVersionProvider {
    /** Called by the command line. */
    public XenimageVersion() {}

    @Override
    public String[] getVersion() {
        return new String[] {"xenimage " + number(), "Java " + Runtime.version()};
    }

    /** {@return the number alone} */
    public static String number() {
        String version = XenimageVersion.class.getPackage().getImplementationVersion();
        return version == null ? "(built from source)" : version;
    }
}
