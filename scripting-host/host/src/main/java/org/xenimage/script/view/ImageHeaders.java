package org.xenimage.script.view;

import static org.xenimage.script.api.ScriptType.Plain.NUMBER;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.script.api.MemberType;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.engine.Values;
import org.xenimage.tools.index.ImageIndex;

/** {@code image.header}: the headers of an image, by layer. */
final class ImageHeaders {
    private static final ScriptType XL_HEADER =
            spelled(
                    "XlHeader",
                    "The header of an xl save file.",
                    MemberType.key("byteOrder", STRING, true, "LITTLE_ENDIAN or BIG_ENDIAN."),
                    MemberType.key(
                            "mandatoryFlags", NUMBER, true, "Flags that a reader must know."),
                    MemberType.key(
                            "optionalFlags", NUMBER, true, "Flags that a reader may ignore."));

    private static final ScriptType LIBVIRT_HEADER =
            spelled(
                    "LibvirtHeader",
                    "The header of a save file of libvirt.",
                    MemberType.key("byteOrder", STRING, true, "LITTLE_ENDIAN or BIG_ENDIAN."),
                    MemberType.key("version", NUMBER, true, "The version of the file."));

    private static final ScriptType LIBXL_HEADER =
            spelled(
                    "LibxlHeader",
                    "The header of the libxl stream.",
                    MemberType.key("version", NUMBER, true, "The version of the stream."),
                    MemberType.key("options", NUMBER, true, "The flags of the stream."));

    private static final ScriptType LIBXC_HEADER =
            spelled(
                    "LibxcHeader",
                    "The headers of the libxc stream and of the domain.",
                    MemberType.key("version", NUMBER, true, "The version of the stream."),
                    MemberType.key("options", NUMBER, true, "The flags of the stream."),
                    MemberType.key("type", NUMBER, true, "1 for PV, 2 for HVM and PVH."),
                    MemberType.key(
                            "pageShift", NUMBER, true, "The binary logarithm of the page size."),
                    MemberType.key("xenMajor", NUMBER, true, "The major version of Xen."),
                    MemberType.key("xenMinor", NUMBER, true, "The minor version of Xen."));

    static final ScriptType HEADER =
            spelled(
                    "ImageHeader",
                    "The headers of the image, by layer.",
                    MemberType.key("xl", XL_HEADER, false, "The header of the xl save file."),
                    MemberType.key(
                            "libvirt",
                            LIBVIRT_HEADER,
                            false,
                            "The header of a save file of libvirt."),
                    MemberType.key("libxl", LIBXL_HEADER, false, "The header of the libxl stream."),
                    MemberType.key(
                            "libxc", LIBXC_HEADER, false, "The headers of the libxc stream."));

    private ImageHeaders() {}

    private static ScriptType spelled(String name, String doc, MemberType... keys) {
        return new ScriptType.Keyed(ObjectType.keys(name, doc, keys).spelled());
    }

    /** The headers of an image, its names as the language of the script spells them. */
    static JsonNode of(ImageIndex index, Values values) {
        ObjectNode header = JsonNodeFactory.instance.objectNode();
        index.first(XlHeader.class)
                .ifPresent(xl ->
                        header.putObject("xl")
                                .put("byteOrder", xl.order().toString())
                                .put("mandatoryFlags", Integer.toUnsignedLong(xl.mandatoryFlags()))
                                .put("optionalFlags", Integer.toUnsignedLong(xl.optionalFlags())));
        index.first(LibvirtHeader.class)
                .ifPresent(libvirt ->
                        header.putObject("libvirt")
                                .put("byteOrder", libvirt.order().toString())
                                .put("version", Integer.toUnsignedLong(libvirt.version())));
        index.first(LibxlHeader.class)
                .ifPresent(libxl ->
                        header.putObject("libxl")
                                .put("version", libxl.version())
                                .put("options", Integer.toUnsignedLong(libxl.options())));
        index.first(LibxcHeader.class)
                .ifPresent(libxc ->
                        header.putObject("libxc")
                                .put("version", libxc.version())
                                .put("options", Short.toUnsignedInt(libxc.options()))
                                .put("type", Integer.toUnsignedLong(libxc.type()))
                                .put("pageShift", Short.toUnsignedInt(libxc.pageShift()))
                                .put("xenMajor", Integer.toUnsignedLong(libxc.xenMajor()))
                                .put("xenMinor", Integer.toUnsignedLong(libxc.xenMinor())));
        return spelled(header, values);
    }

    /** Names of the host in a tree, as the language spells names. */
    private static JsonNode spelled(ObjectNode tree, Values values) {
        ObjectNode made = JsonNodeFactory.instance.objectNode();
        for (var property : tree.properties())
            made.set(
                    values.spell(property.getKey()),
                    property.getValue() instanceof ObjectNode inner
                            ? spelled(inner, values)
                            : property.getValue());
        return made;
    }
}
