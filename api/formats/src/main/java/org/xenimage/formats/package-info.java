/**
 * The codecs, a package for each format and version. The module exports nothing:
 * {@link org.xenimage.image.Images} finds them as services.
 *
 * <p>A format is three things: a probe that looks at the first bytes, a reader to the element stream, a writer from it.
 * The nested streams of a save file are nested codecs, {@code xl} or {@code libvirt} around {@code libxl}
 * around {@code libxc}, each of which can begin a file; {@code xenopsd} is
 * around {@code libxc} itself. {@code xenimage} is the native format; its services pick the
 * version, and each version has a package of its own, which never changes once files of it exist. {@code dumpcore}
 * and {@code vmcore} are core files; what they share with the native format's view for debuggers is in {@code core},
 * and ELF itself in {@code elf}.
 *
 * <p>{@code salvage} is the other way to read a stream: it recovers the intact parts of a damaged
 * one, by searching for consistent records. A codec's own reader never guesses; it fails at the
 * first fault.
 *
 * <p>To add one, see CONTRIBUTING, "Add a format".
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats;
