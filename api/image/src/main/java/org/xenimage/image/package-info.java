/**
 * Xen domain images of any format, as one ordered stream of elements.
 *
 * <h2>Reading</h2>
 *
 * {@link org.xenimage.image.Images} opens an image and finds its format. The
 * {@link org.xenimage.image.spi.ImageReader} passes on the elements in stream order, and a switch
 * over the sealed {@link org.xenimage.image.element.ImageElement} needs no default:
 *
 * <pre>{@code
 * try (ImageReader image = Images.load().open(Path.of("web1.save"))) {
 *     image.drainTo(element -> {
 *         switch (element) {
 *             case Config config -> System.out.println(config.json().path("c_info").path("name"));
 *             case RecordFrame frame -> System.out.println(frame.type() + ": " + frame.decode());
 *             case PageBatch pages -> System.out.println(pages.count() + " pages");
 *             case XlHeader _, LibxlHeader _, LibxcHeader _, SiteMetadata _, StreamEnd _, TrailingBytes _ -> {}
 *         }
 *     });
 * }
 * }</pre>
 *
 * <p>An element is a view of the reader's buffer, valid during the call that hands it out; what
 * must outlive the call is {@linkplain org.xenimage.image.element.ImageElement#detach detached}.
 * Nothing is decoded until it is needed: a record that is not examined costs no more than its
 * bytes, and pages never become objects.
 *
 * <h2>Rewriting</h2>
 *
 * An {@link org.xenimage.image.element.ImageTransform} turns elements into elements: pass one on, drop it, replace it,
 * put others around it. Compose transforms with {@code andThen}, and run them with
 * {@link org.xenimage.image.rewrite.Rewrite}, which carries what belongs to the image, checks the outcome against the
 * rules of the stream, and gives the file its name only when it is whole:
 *
 * <pre>{@code
 * ImageTransform noVerify = (element, down) -> {
 *     if (!(element instanceof RecordFrame record && record.type().equals(RecordType.VERIFY))) down.accept(element);
 * };
 * Rewrite.of(image).through(noVerify).to(Path.of("web2.save"));
 * }</pre>
 *
 * <p>An element that was not changed is written byte for byte as it was read, so the identity
 * transform reproduces the file in every format.
 *
 * <h2>Looking at parts</h2>
 *
 * {@link org.xenimage.image.record.XenRecord} has a Java record for each record of the specifications;
 * {@link org.xenimage.image.layout.FieldValue} has their fields by the names of Xen's headers. Pages are searched and
 * edited with {@link org.xenimage.image.page}; {@link org.xenimage.image.verify} holds the rules.
 *
 * <h2>When it fails</h2>
 *
 * An image at fault is an {@link org.xenimage.image.fault.ImageException} whose
 * {@link org.xenimage.image.fault.Fault} says where, what was expected and found, and what to do. Anything else is an
 * {@link java.io.IOException} of the file system. Images are taken for hostile: lengths are checked before memory is
 * allocated.
 *
 * <p>Not here: knowledge of any one format (a codec is a service, see {@link org.xenimage.image.spi.ImageFormat}),
 * script engines, and random access to pages (the module {@code org.xenimage.tools}).
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image;
