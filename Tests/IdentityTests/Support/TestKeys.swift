/// RSA keys of these tests and of nothing else: making one takes longer than a test should.
enum TestKeys {
  static let privateRSA = """
    -----BEGIN PRIVATE KEY-----
    MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCvYzfbQEZrTNwU
    2ruQ6c6HgWPxt2O6Q8U11BlTXIWpqo7+At/oa5BZyiy/qA/gAUETaxsXuuStFe99
    pg7t93o/Fvkr41N/v5gOH7PSg2Dum6Io4PM+uTEQdNkX1K0FuCkab57uMCFoFh//
    E6l1OfVAtZ4o8hnEzaNvAWpqI46yotSIpkvzaSkfgiXgdZhdSKeCtRR5yHeDf4sv
    wTuNo06sHfU7Pu5EpQSpm04lg0/oCwHDAxGSFui+nt5Kr6p8vIUTXDyEp42k0aJh
    pzRCTuTKfvUvBuhleKhgdWGMgbcrowjGDKa9+woqnlDDwFUsFZCwfmAKM0tJ+Sa3
    9Csrgc31AgMBAAECggEACnrXP5abnpW9INHhG0udN6OXoT3gC6U5B3pg+QYyRm0W
    lj79uhmTSoo2Gk2khTIN/WcM+2IDgAQrh0qA4d9DwrlQsjqnJp8AKvfh+tY22Isc
    KW0nm7vdHqqcvjvLCuhyLE43JOxjUqDf0JIQMh0AdpljlfbBa20OMvfWr/jn8eyH
    dZzHZCQgQOjQushPTiPcuIf36RPrSCJrCw3/CmknszF5MP5Ql18Quyt7P5JH9AgH
    M63m9CUOkcpJyQeJYz+zzfGUmJX1zLyEN/1XT87yOCxXgx5TKO2wPO2ZVIVysROD
    hK9Bd99jVJ0eHOZNHU5TlHbD3dAxm5dYOkl+0180AQKBgQDmOMhmKvLqp76x4pnt
    2vd0V3GBMwVacCpu+Yu2DHKoInaMVP0llpb4EghOGRwIUg6vjqu6iY2qFK0huS13
    s8yuKn0niliJPaEsivHxPoUkyf8K4JpCbfaYTQb4uudQahVBvzQRQw+mmkRh+750
    +t0TyjhHLKtNt+cSPlUD9u6YNQKBgQDDBqI2QyIEnE1p0dwNdEBHBEG3Szf6CD0b
    VLxQZTKav3HHZeWip0dPIFH+BLhffe39PSjiRj9TqJSsZomfpQqS0HZRw31oHdH/
    338twkSEs3QrMQRtArJcyIZRqz5oa+boOSHsFzw96LTA42/U+UxNpg4dy77xCHbE
    FzA1ROqWwQKBgQCn2BYihoV7lrhssCxRQSbP50CVVUE94jDNn5nAK+sbsaSEQyIc
    WWHPkjYD2kKZvll+nKGO6eIicdiXkY4YizlacRe10CMkS45KDzK9Ezu2yp3qrD1K
    2SjDeMTwajNiaTT+Lgwj2aR7blUUqpj8aDjtyKynF2X8z2rj3hXVQh5JUQKBgC4T
    FCGTrKbAMn3MiZtYGpNsiwX9rETSy3T4iODJd7IdhojgJudNc8haz2Qew1w0CRSp
    7U2/4Ngn3K/6LYtc12ml/D4G3ErLuMAlkgtCeSOMreZCV1RVrcPD0A/dUAola9Dz
    JnN7bc0GfCWR1erP1toFYBJj/0E8iap7+/Spym5BAoGAW1rM8fvkQ/1E4lr1xvNO
    k2BWm/2jYZ6aKkLpky1pwAd59IWr3fafDcUgwUuzVIUJApmAnkV/3nNdGPFwtn0f
    uEkfsGlMgyBxkZWAo07CBJdAPEXFmNwWRgcDSH0Q0QT7x2qDgTsAU9P4v3nK875E
    C1Rbk/cLSYKvUkwVnLvxg/c=
    -----END PRIVATE KEY-----
    """

  /// The public part of `privateRSA`.
  static let publicRSA = """
    -----BEGIN PUBLIC KEY-----
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr2M320BGa0zcFNq7kOnO
    h4Fj8bdjukPFNdQZU1yFqaqO/gLf6GuQWcosv6gP4AFBE2sbF7rkrRXvfaYO7fd6
    Pxb5K+NTf7+YDh+z0oNg7puiKODzPrkxEHTZF9StBbgpGm+e7jAhaBYf/xOpdTn1
    QLWeKPIZxM2jbwFqaiOOsqLUiKZL82kpH4Il4HWYXUingrUUech3g3+LL8E7jaNO
    rB31Oz7uRKUEqZtOJYNP6AsBwwMRkhbovp7eSq+qfLyFE1w8hKeNpNGiYac0Qk7k
    yn71LwboZXioYHVhjIG3K6MIxgymvfsKKp5Qw8BVLBWQsH5gCjNLSfkmt/QrK4HN
    9QIDAQAB
    -----END PUBLIC KEY-----
    """

  /// The same, in a certificate.
  static let certificateRSA = """
    -----BEGIN CERTIFICATE-----
    MIIDBTCCAe2gAwIBAgIUc57RkWabLknYqzbrDfHoVaUcgEgwDQYJKoZIhvcNAQEL
    BQAwETEPMA0GA1UEAwwGaXNzdWVyMCAXDTI2MTEyMTE0MTk0MFoYDzIxMjYxMDI4
    MTQxOTQwWjARMQ8wDQYDVQQDDAZpc3N1ZXIwggEiMA0GCSqGSIb3DQEBAQUAA4IB
    DwAwggEKAoIBAQCvYzfbQEZrTNwU2ruQ6c6HgWPxt2O6Q8U11BlTXIWpqo7+At/o
    a5BZyiy/qA/gAUETaxsXuuStFe99pg7t93o/Fvkr41N/v5gOH7PSg2Dum6Io4PM+
    uTEQdNkX1K0FuCkab57uMCFoFh//E6l1OfVAtZ4o8hnEzaNvAWpqI46yotSIpkvz
    aSkfgiXgdZhdSKeCtRR5yHeDf4svwTuNo06sHfU7Pu5EpQSpm04lg0/oCwHDAxGS
    Fui+nt5Kr6p8vIUTXDyEp42k0aJhpzRCTuTKfvUvBuhleKhgdWGMgbcrowjGDKa9
    +woqnlDDwFUsFZCwfmAKM0tJ+Sa39Csrgc31AgMBAAGjUzBRMB0GA1UdDgQWBBQX
    TcjCdTrroJuRMwqG8a+aHdJmQzAfBgNVHSMEGDAWgBQXTcjCdTrroJuRMwqG8a+a
    HdJmQzAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4IBAQAAgqYIfbvh
    2rgyxOey7iZGtp86jRkLtXrn3X7FOmFDoIV7WPUuCih6H4zqxEG1UTVI+sxYmoaF
    8GZGUwWk7r3ncoatLtyT91kFwVFWGol6xIvqmPvCcqptsajTAP4XUap5CmEqCWzr
    drWhntsTvuDHkhOKlTQ/lQfh9tMiJ0XKUn1qZ3u0YzH5zXeL1Vtc3DfurKZkFJgx
    ttgffLfly4IxroBp2B0DsmiSE8ChXbOXyUq7XmZziK7QMgGHlBiLyyVBFcLd/bv+
    BpMFPMgXWjrlCiPxOQqkLRGkAKR5Nw+4fjA2+qMLBv1CgcK47W7bjjDZqaUCTuFP
    fPou5T2E0y2w
    -----END CERTIFICATE-----
    """

  /// Somebody else's.
  static let strangersRSA = """
    -----BEGIN PRIVATE KEY-----
    MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCqRKereczjOuPK
    4K83RSIKGpLovVEuBETnNTj8KN4rxVjhftX3Oh8VjFKMzKlYp3r1iw91x0LrolhB
    f25zYGT7izQ0Orw5l6tmcInGjTf448JNV/ZJoOK7bGMhhvQmD43MUcWz+cEL6NFi
    J/0AcjuU8qHIp1nQQwdd91k8MOAuDefmfD/m+/Iknc8q9qhlTMSfBy1LLriOmej7
    QskxLppW3A7E1ZfyuNjzW6yYZR5j3rkIqEo9NJqM/NOqio0E56Gv0QLWYJCQbquZ
    eMtN/ebdsvCmvFBtIfu9czxKW/FaIBFKZi9Y5un1dX96A73rY+SvAGI9Ay991ejU
    cGMnD/ddAgMBAAECggEALQbY3ETqhNDG+piuXUxf8xIR9ZBTDns8iXQOrMhV8HdQ
    yNkU1js9iyI/llJtGi+4GYT7wqa+MLgO5MtBNyuvqMGoPYOm0Qgl4II0PRiNS7lX
    YcK4M8JjEzNXh787g3Eri3O4d569iVu5O17dzidnUD1VwU1YN/Xx1cyagYtfTW4b
    ftO+m0CNRv1WcNKzvBuwSt/jcUW3IYMCYUFVygNGU7b9bdGO9RfKwwiDI5CMUn+Y
    4Bs72+yAD5jVUu1R+yHnD1a209I0QVqfMyGhpkQEciWo5OUCf85TwJjLwlq4IWAM
    xaPFEr5pTviNAfdrrtHDL69P6l3KckxQQeAWOCI1tQKBgQDYMDhX1JQaLBiIEfQb
    hhD2syYrM8UkI2gnXxDYP0yyt059zpAhD+ZYwAf5BUsmvNDa0vv6t1dvEhVOFYWV
    IbqVx05MOCeuO2g/76cFRkZKr4qExgu+lTUnGGbj8yPBi2y24zS6JICRSjPqtaoo
    iSb9nhJsftG4Ts2E2Kq4OJLKDwKBgQDJn54QS0H6KH0LNnn3pCR5hm1yv8mHE7PN
    v4g0Vz3ZwNPvKTAbyERu735UIvpMsJUyRuycOj6o/V2HvgPJuH0l4yMgV7BtLGBi
    RcL9pTK3uegmte2v654i2Dy3LzoKb1H23Uu9dTk4MjkO9i6EDbXdMT3ZPT6sfeKV
    MsozeTbD0wKBgCcUeGrwI6GjjP+z9yOulYxzEBhJMH76444SclIVB0FbP5YgbA99
    907dz9MlMNOc2EhmUWSeFfEfHLjTzSULRtZig/XlRM8LMCo2oUOj03sWxnx/7ImU
    IVqi356fSjxnfsyEv/hSNueMuVvZYRwYxvKby4rPVgvyOtaj8CCDIY3jAoGBAJyW
    PJoG+LyhyUt2CY+MiU9gWYwu6wLfCFuYjt2ni7+cBHzPji9lf9Bwa7pIWABLe/PK
    JWTHz3ZLH+KWbjax83ADUXqC3+BKAKkR6Pg43oTV+zhlPq3L3crOCYlzQi5sekmx
    YGtJqSC90JaQF1wzkbSx04juCcjJE7ov8d28HA5FAoGAafuvzsUeGQkptngxdNfG
    +sDFl0fjEl7BZEeIEA8IKDYZWAD9GangMe6Qh2yH8LCDmQCCebWIpLdAfITr1rz/
    jCz11IXqkZPAMo+8Uh05px8xQ5jZ6yXCYqTQX7AJI0m8g47v/dICGORvb+f53K7P
    /emQSeAN8EG5pNZtY/XqC4c=
    -----END PRIVATE KEY-----
    """

  /// 1024 bits.
  static let shortRSA = """
    -----BEGIN PUBLIC KEY-----
    MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC6PIog3XCl0kHALphY/KA1p80P
    GdV5GlPVulL0mygne5ZIvcWOERJfrlGWaBQ1zZZY6hafV7XBMhcG5uLR+XHkTcP1
    sCL09crYRlKbhJTfgTrQPY1zjWYP4xaK/0ju+6N5YPkAIKZck7OHIConMwhAYeJS
    DuSdomTcf7BS2i35bQIDAQAB
    -----END PUBLIC KEY-----
    """

  /// 64 bytes.
  static let secret = "a secret of sixty-four bytes, which is enough for HS512 as well!"
}
