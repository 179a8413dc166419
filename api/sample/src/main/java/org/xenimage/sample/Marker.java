package org.xenimage.sample;

/**
 * A text that a sample has in its pages, to be found by searches, such as
 * {@code SECRET-API-TOKEN=…}.
 *
 * @param pfn of the page in which it begins
 * @param offset in bytes from the start of that page
 * @param text in ASCII; what does not fit in the page continues at the start of the next PFN
 */
public record Marker(long pfn, int offset, String text) {
    /** What every marker's text begins with. */
    public static final String PREFIX = "SECRET-API-TOKEN=";

    /** {@return whether the text runs over into the next PFN} */
    public boolean split() {
        return offset + text.length() > org.xenimage.image.element.PageBatch.PAGE_SIZE;
    }
}
