#!/bin/sh
# How the key stores here were made (JDK 17, OpenSSL 3); run again only to change them, as tests hold texts for them.
#
# recorded.jks and recorded.p12 belong to the conformance suite, whose answers hold ciphers of their keys:
# - recorded.jks, store password letmein-store: RSA 2048; mainkey (main-pass-1), oldkey (old-pass-2),
#   teamkey (the store's password) and certonly, the certificate of another key.
# - recorded.p12, store password p12-store-pw: p12key, RSA 3072.
# spring.jks is server.jks of Spring Cloud Config's own tests (Apache License 2.0), store password letmein: mytestkey
# (changeme), mykey (the store's password) and myencryptionkey, a certificate.
set -eu
cd "$(dirname "$0")"
rm -f many.jks many.p12 old.p12 openssl.p12 secret.jceks own.p12

pair() { # STORE TYPE PASSWORD ALIAS KEYPASSWORD KEYALG SIZE [OPTION …]
    store=$1 type=$2 password=$3 alias=$4 key=$5 algorithm=$6 size=$7
    shift 7
    keytool "$@" -genkeypair -keystore "$store" -storetype "$type" -storepass "$password" -alias "$alias" \
        -keypass "$key" -keyalg "$algorithm" -keysize "$size" -dname CN="$alias" -validity 36500
}

certificate() { # STORE TYPE PASSWORD FROM AS [OPTION …]
    store=$1 type=$2 password=$3 from=$4 as=$5
    shift 5
    keytool -exportcert -keystore "$store" -storepass "$password" -alias "$from" -file c.der
    keytool "$@" -importcert -noprompt -keystore "$store" -storetype "$type" -storepass "$password" -alias "$as" -file c.der
    rm c.der
}

pair many.jks jks störe-päss first first-pass RSA 2048
pair many.jks jks störe-päss 'Second Key ' second-pass RSA 1024
pair many.jks jks störe-päss curve curve-pass EC 256
certificate many.jks jks störe-päss first OnlyCert

pair many.p12 pkcs12 store-pass first store-pass RSA 2048
pair many.p12 pkcs12 store-pass 'Second Key' store-pass RSA 3072
pair many.p12 pkcs12 store-pass curve store-pass EC 256
certificate many.p12 pkcs12 store-pass first OnlyCert

java OwnPasswords.java

legacy=-J-Dkeystore.pkcs12.legacy
pair old.p12 pkcs12 store-pass first store-pass RSA 2048 $legacy
pair old.p12 pkcs12 store-pass second store-pass RSA 2048 $legacy
certificate old.p12 pkcs12 store-pass first onlycert $legacy

keytool -genseckey -keystore secret.jceks -storetype jceks -storepass store-pass -alias first -keypass store-pass -keyalg AES -keysize 256

openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=openssl -days 36500 -keyout k.pem -out c.pem
openssl pkcs12 -export -inkey k.pem -in c.pem -name openssl -passout pass:store-pass -out openssl.p12
rm k.pem c.pem
