/**
 * Migration: what a host takes, and what to make of an image for it; the handshake of two toolstacks around an image,
 * and a relay between them.
 */
@org.jspecify.annotations.NullMarked
module org.xenimage.migrate {
    requires static org.jspecify;
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires transitive org.xenimage.image;

    exports org.xenimage.migrate;
}
