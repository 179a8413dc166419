/**
 * Dumps: an image as a JSON file with the contents of its pages in another file next to it, and
 * back.
 *
 * <p>{@link org.xenimage.tools.dump.DumpWriter} is a sink of elements, {@link
 * org.xenimage.tools.dump.DumpedImage} a reader of them, so that a dump is rewritten, verified and
 * converted as any image is. In between anybody may edit the JSON with any program: each element is
 * one object, a record stands as named fields and as bytes.
 *
 * <p>The two files hold what the elements of an image say, byte for byte. They do not hold what a
 * container keeps apart from its elements, except its metadata and the sections of sites: the
 * provenance, compression and
 * encryption of a native image, and sections of it that this release does not know, are not in a
 * dump. {@code scripting-host/cli/docs/dump.md} describes each member, and which one counts when it
 * was edited.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.tools.dump;
