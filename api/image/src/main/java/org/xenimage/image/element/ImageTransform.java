package org.xenimage.image.element;

import java.io.IOException;

/**
 * Turns the elements of an image into elements: passes on, drops, replaces, inserts.
 *
 * <p>One transform serves one run over one image. It passes an element on by giving it to the sink
 * below; an element that it does not pass on is dropped. An element that is handed on untouched is
 * copied verbatim. Compose transforms with {@link #andThen} rather than giving one more options.
 */
public interface ImageTransform {
    /** Passes every element on: the result is the same image, byte for byte. */
    ImageTransform IDENTITY = (element, down) -> down.accept(element);

    /**
     * Begins the run.
     *
     * @param down accepts elements to insert before the first one
     * @throws IOException if the run must not begin
     */
    default void atStart(ImageSink down) throws IOException {}

    /**
     * Takes the next element.
     *
     * @param element valid only during this call
     * @param down accepts the elements that replace it, or none to drop it
     * @throws IOException if the element is refused, or cannot be read or passed on
     */
    void accept(ImageElement element, ImageSink down) throws IOException;

    /**
     * Ends the run, after the last element.
     *
     * @param down accepts elements to insert after the last one
     * @throws IOException if the image must not end here
     */
    default void atEnd(ImageSink down) throws IOException {}

    /**
     * Composes this transform with one that takes its output.
     *
     * @param next the transform that follows
     * @return the composition
     */
    default ImageTransform andThen(ImageTransform next) {
        ImageTransform first = this;
        return new ImageTransform() {
            @Override
            public void atStart(ImageSink down) throws IOException {
                next.atStart(down);
                first.atStart(element -> next.accept(element, down));
            }

            @Override
            public void accept(ImageElement element, ImageSink down) throws IOException {
                first.accept(element, made -> next.accept(made, down));
            }

            @Override
            public void atEnd(ImageSink down) throws IOException {
                first.atEnd(element -> next.accept(element, down));
                next.atEnd(down);
            }
        };
    }

    /**
     * Puts this transform in front of a sink.
     *
     * @param down takes what the transform passes on
     * @return a sink that takes the transform's input; its first element begins the run, its end ends it
     */
    default ImageSink onto(ImageSink down) {
        ImageTransform transform = this;
        return new ImageSink() {
            private boolean started;

            @Override
            public void accept(ImageElement element) throws IOException {
                start();
                transform.accept(element, down);
            }

            @Override
            public void end() throws IOException {
                start();
                transform.atEnd(down);
                down.end();
            }

            private void start() throws IOException {
                if (started) return;
                started = true;
                transform.atStart(down);
            }
        };
    }
}
