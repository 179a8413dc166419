package org.xenimage.script.policy;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The facts about an image at the start of a run, as in {@code ctx.image}. An unknown number is 0,
 * an unknown text empty.
 *
 * @param format in which the image came: {@code xl}, {@code libvirt}, {@code xenopsd}, {@code libxl} or {@code libxc}
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
        Optional<String> uuid) {
    private static final String TYPE = "c_info/type";
    private static final String NAME = "c_info/name";
    private static final String UUID = "c_info/uuid";

    /**
     * What is known of an image from its beginning.
     *
     * @param elements in front of the libxc header; more do no harm
     * @param header the libxc header, if there is one
     * @return what they tell
     * @throws IOException if the config is not valid JSON
     */
    public static ImageFacts of(List<? extends ImageElement> elements, Optional<LibxcHeader> header)
            throws IOException {
        Map<String, String> domain = Map.of();
        boolean xl = false;
        boolean libxl = false;
        boolean libvirt = false;
        boolean xenopsd = false;
        boolean readable = false;
        for (ImageElement element : elements) {
            if (element instanceof XlHeader layer) {
                xl = true;
                readable = (layer.mandatoryFlags() & XlHeader.FLAG_JSON) != 0;
            }
            if (element instanceof LibvirtHeader) {
                libvirt = true;
                readable = true;
            }
            xenopsd |= element instanceof XenopsdHeader;
            libxl |= element instanceof LibxlHeader;
            if (element instanceof Config config && readable && config.bytes().length() > 0)
                domain = config.find(Set.of(TYPE, NAME, UUID));
        }
        String guest =
                Optional.ofNullable(domain.get(TYPE))
                        .orElseGet(() ->
                                header.flatMap(LibxcHeader::guestType)
                                        .map(type -> type.name().toLowerCase(Locale.ROOT))
                                        .orElse(""));
        return new ImageFacts(
                xl ? "xl" : libvirt ? "libvirt" : xenopsd ? "xenopsd" : libxl ? "libxl" : "libxc",
                guest,
                header.filter(known -> !known.legacyConverted())
                        .map(known ->
                                Integer.toUnsignedString(known.xenMajor())
                                        + "."
                                        + Integer.toUnsignedString(known.xenMinor()))
                        .orElse(""),
                header.map(LibxcHeader::version).orElse(0),
                header.map(known -> 1 << (known.pageShift() & 31)).orElse(PageBatch.PAGE_SIZE),
                Optional.ofNullable(domain.get(NAME)),
                Optional.ofNullable(domain.get(UUID)).map(uuid -> uuid.toLowerCase(Locale.ROOT)));
    }
}
