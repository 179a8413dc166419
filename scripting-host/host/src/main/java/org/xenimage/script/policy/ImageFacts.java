package org.xenimage.script.policy;

import java.util.Optional;

/**
 * What is known of an image when a run begins, as {@code ctx.image} shows it. An unknown number is 0, an unknown text
 * empty.
 *
 * @param format in which the image came: {@code xl}, {@code libxl} or {@code libxc}
 * @param guest {@code pv}, {@code hvm} or {@code pvh}
 * @param xen the version of the Xen that saved it, such as {@code 4.17}
 * @param libxcVersion of the libxc stream
 * @param pageSize in bytes
 * @param name of the domain
 * @param uuid of the domain, in lowercase
 */
public record ImageFacts(
        String format,
        String guest,
        String xen,
        int libxcVersion,
        int pageSize,
        Optional<String> name,
        Optional<String> uuid) {}
