package org.xenimage.sample;

import org.xenimage.image.record.XenRecord;

import java.util.List;

/** What an image of a guest has beside its pages, in the order in which Xen writes it. */
interface GuestState {
    /** {@return the records before the pages, STATIC_DATA_END included} */
    List<XenRecord> beforePages();

    /** {@return the records after the pages, END excluded} */
    List<XenRecord> afterPages();

    /** {@return the libxl records after the libxc stream, END excluded} */
    List<XenRecord> emulator();
}
