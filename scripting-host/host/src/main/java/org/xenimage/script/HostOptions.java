package org.xenimage.script;

import org.xenimage.script.policy.Limits;

/**
 * How a host runs policies.
 *
 * @param limits that no policy's own may exceed
 * @param library where the standard library's resources are
 */
public record HostOptions(Limits limits, ClassLoader library) {
    /** {@return the usual limits, and the library on the host's own path} */
    public static HostOptions usual() {
        ClassLoader own = HostOptions.class.getClassLoader();
        return new HostOptions(
                Limits.DEFAULT, own == null ? ClassLoader.getSystemClassLoader() : own);
    }

    /**
     * Other limits.
     *
     * @param wanted that no policy's own may exceed
     * @return these options with those limits
     */
    public HostOptions withLimits(Limits wanted) {
        return new HostOptions(wanted, library);
    }
}
