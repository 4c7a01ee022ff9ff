// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.image;

import org.isthmus.api.ProblemType;

/** Problems of images. */
public enum ImageProblem implements ProblemType {
    NOT_READY(
            "image-not-ready",
            409,
            "The image is not ready",
            "Upload all of its content first; a failed image is deleted and made anew."),
    WRONG_OFFSET("wrong-offset", 409, "The part does not begin where the last one ended", "Go on at uploadOffset."),
    BAD_RANGE(
            "bad-content-range",
            400,
            "The Content-Range is not right",
            "Send bytes first-last/length, with as many bytes as it says."),
    CHECKSUM(
            "checksum-mismatch",
            409,
            "The content has another checksum",
            "The upload was damaged or the sha256 is another file's; delete the image and upload again."),
    FORMAT(
            "image-format",
            409,
            "The content is no usable disk image",
            "qcow2 without backing file or external data, raw, streamOptimized VMDK, or an OVA of such disks."),
    NOT_THERE(
            "image-not-there",
            409,
            "The image's content is not where it is needed",
            "Transfer the image to the location first: POST …/images/{image}/transfers."),
    COPY_EXISTS(
            "image-copy-exists",
            409,
            "The location has a copy already, or is getting one",
            "Look at the image's copies; wait for an operation that makes one to end."),
    NO_TEMPLATE(
            "no-such-template",
            409,
            "The endpoint has no such template",
            "GET …/endpoints/{endpoint}/templates lists them; a copy that was made of an image is none."),
    NO_SPACE(
            "no-space-for-image",
            507,
            "There is no space for the image's content",
            "Ask the operator to make space where images are kept; then go on at the image's uploadOffset."),
    NO_CONVERTER(
            "no-image-converter",
            503,
            "Nothing here converts images",
            "Ask the operator to install qemu-img on the controller's machine (Debian: qemu-utils)."),
    NOT_EXPORTED(
            "image-not-exported",
            409,
            "The image was not made ready to be taken away like that",
            "POST …/images/{image}/exports makes it ready; read its content again when that operation has ended."),
    CONVERSION(
            "image-conversion",
            409,
            "The image could not be converted",
            "The detail says why; the image it was to be made from is unchanged.");

    private final String slug;
    private final int status;
    private final String title;
    private final String help;

    ImageProblem(String slug, int status, String title, String help) {
        this.slug = slug;
        this.status = status;
        this.title = title;
        this.help = help;
    }

    @Override
    public String slug() {
        return slug;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public String help() {
        return help;
    }
}
