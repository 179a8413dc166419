/** Valid images, made with no Xen around: for tests, examples and a first look. */
@org.jspecify.annotations.NullMarked
module org.xenimage.sample {
    requires com.fasterxml.jackson.databind;
    requires static org.jspecify;
    requires transitive org.xenimage.image;

    exports org.xenimage.sample;
}
