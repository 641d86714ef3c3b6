"""Why a point cannot be read now: code, sentence in English and Chinese, what to do, and whether trying again may help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Fault(NamedTuple):
    """One reason. again: whether the same attempt may succeed a little later without anybody doing anything."""

    says: str
    says_zh: str
    do: str
    again: bool


FAULTS: Mapping[str, Fault] = {
    "PULL-CONNECTION": Fault(
        "No connection of that name is declared.",
        "未找到该名称的连接配置",
        "Declare it in Airflow, in AIRFLOW_CONN_<NAME>, or in connections.yaml beside the keys.",
        False,
    ),
    "PULL-SETTINGS": Fault(
        "The connection lacks a setting, or one of its settings cannot be used.",
        "连接配置缺项或取值无效",
        "Complete the connection as the how-to page of its kind shows it.",
        False,
    ),
    "PULL-NAME": Fault(
        "The name of the host cannot be resolved.",
        "主机名无法解析",
        "Check the host of the connection, and the name service of this machine.",
        True,
    ),
    "PULL-REFUSED": Fault(
        "Nothing listens at that host and port.",
        "目标主机端口拒绝连接",
        "Check the port of the connection; ask the hospital whether its exchange point is running.",
        True,
    ),
    "PULL-UNROUTED": Fault(
        "There is no way to that host.",
        "网络不可达",
        "Check the line and the firewall between this machine and the hospital.",
        True,
    ),
    "PULL-SILENT": Fault(
        "The exchange point accepted the connection and then did not answer in time.",
        "前置交换点未在规定时间内应答",
        "Ask the hospital to look at the load of its exchange point; the next night tries again.",
        True,
    ),
    "PULL-CUT": Fault(
        "The connection broke, and broke again each time that it was made anew.",
        "连接反复中断",
        "Check the line to the hospital; what was read is not kept, and the next night tries again.",
        True,
    ),
    "PULL-PROTOCOL": Fault(
        "What answers at that host and port does not speak the protocol of the transport.",
        "目标端口的协议与传输方式不符",
        "Check the port of the connection and the kind of the transport.",
        False,
    ),
    "PULL-HOSTKEY": Fault(
        "The server's host key is not the one that is declared for it.",
        "服务器主机密钥与登记的不一致",
        "Do not go on. Ask the hospital by telephone whether it changed its key; only then declare the new one.",
        False,
    ),
    "PULL-HOSTKEY-NONE": Fault(
        "No host key is declared for the server, so that it cannot be told from another.",
        "未登记服务器主机密钥",
        "Get the key from the hospital on a safe way, and declare it as `host_key` of the connection.",
        False,
    ),
    "PULL-LOGIN": Fault(
        "The exchange point does not accept the login.",
        "前置交换点拒绝登录",
        "Check user, password or key of the connection with the hospital.",
        False,
    ),
    "PULL-KEY": Fault(
        "The private key of the connection cannot be read.",
        "连接私钥无法读取",
        "Put an unencrypted key, or one with its passphrase, in the place that the connection names, mode 600.",
        False,
    ),
    "PULL-PATH": Fault(
        "The outbox is not there.",
        "发件目录不存在",
        "Check the path of the point's transport with the hospital.",
        False,
    ),
    "PULL-RIGHTS": Fault(
        "The login may not read the outbox or one of its files.",
        "登录账号无权读取发件目录或文件",
        "Ask the hospital to let the login read the whole outbox.",
        False,
    ),
    "PULL-SHORT": Fault(
        "A file ended before the size that the exchange point had stated.",
        "文件在声明大小之前结束",
        "Ask the hospital not to change a delivery once its manifest is there; the next night tries again.",
        True,
    ),
    "PULL-CHANGED": Fault(
        "A file changed while it was being read.",
        "读取过程中文件发生变化",
        "Ask the hospital to write the manifest last, and nothing after it; the next night tries again.",
        True,
    ),
    "PULL-TLS": Fault(
        "The server's certificate was not issued by the authority that is declared for it.",
        "服务器证书不是由登记的机构签发",
        "Do not go on. Ask the hospital which authority issues its certificates; only then declare another.",
        False,
    ),
    "PULL-TLS-EXPIRED": Fault(
        "The server's certificate is not valid at this time.",
        "服务器证书不在有效期内",
        "Ask the hospital to renew the certificate; check the clock of this machine.",
        False,
    ),
    "PULL-TLS-NAME": Fault(
        "The server's certificate was issued for another host.",
        "服务器证书与主机名不符",
        "Check the host of the connection; ask the hospital for a certificate with that name.",
        False,
    ),
    "PULL-TLS-PLAIN": Fault(
        "The connection is not encrypted, and its host is not this machine.",
        "未加密的连接只允许本机使用",
        "Use an https address, and declare the authority of its certificate.",
        False,
    ),
    "PULL-NONCE": Fault(
        "The answer does not belong to the request that was made, or its time is too far from ours.",
        "应答与请求不对应或时间偏差过大",
        "Check the clocks on both sides; if they agree, somebody may be replaying answers.",
        False,
    ),
    "PULL-SIGNATURE": Fault(
        "The signature of the answer is wrong.",
        "应答签名不正确",
        "Check the signing key of the connection with the hospital.",
        False,
    ),
    "PULL-CIPHER": Fault(
        "The body of the answer cannot be decrypted.",
        "应答正文无法解密",
        "Check the cipher key of the connection with the hospital.",
        False,
    ),
    "PULL-BUSY": Fault(
        "The exchange point asked to come later, each time.",
        "前置交换点持续要求稍后再试",
        "Ask the hospital for its limit of requests; the next night tries again.",
        True,
    ),
    "PULL-FAILED": Fault(
        "The exchange point answered with an error of its own, each time.",
        "前置交换点持续返回内部错误",
        "Ask the hospital to look at the log of its exchange point; the next night tries again.",
        True,
    ),
    "PULL-ANSWER": Fault(
        "The answer of the exchange point is not of the documented form.",
        "应答不符合接口文档",
        "Ask the vendor to follow the documentation of the interface.",
        False,
    ),
    "PULL-REJECTED": Fault(
        "The exchange point rejected the request.",
        "前置交换点拒绝请求",
        "See the code in the parentheses; ask the hospital what its interface expects.",
        False,
    ),
    "PULL-LENGTH": Fault(
        "The answer is not as long as its header states.",
        "应答长度与报头不符",
        "Ask the vendor to look at the gateway between us; the next night tries again.",
        True,
    ),
    "PULL-COUNT": Fault(
        "The exchange point stated another number of deliveries or rows than it then gave.",
        "前置交换点声明的数量与实际不符",
        "Ask the vendor to mend the counting; nothing of this pull is kept.",
        False,
    ),
    "PULL-RECEIVED": Fault(
        "What the receiver kept of the point was changed, cut off, or sealed under another key.",
        "接收端保存的数据已被更改、截断或由其他密钥封存",
        "Put back the file or the key from a copy, or ask the hospital to push it again.",
        False,
    ),
    "PULL-DATABASE": Fault(
        "The database of the connection does not exist on that server.",
        "数据库不存在",
        "Check the schema of the connection with the hospital.",
        False,
    ),
    "PULL-DRIVER": Fault(
        "The address names a kind of database for which no driver is installed.",
        "缺少该数据库类型的驱动",
        "Install the driver's package into the environment, or correct the address.",
        False,
    ),
    "PULL-TABLE": Fault(
        "A table that the transport names is not in the front-end database.",
        "前置库缺少约定的表",
        "Ask the vendor to create it; the how-to page shows its columns.",
        False,
    ),
    "PULL-COLUMN": Fault(
        "A table of the front-end database lacks a column of the dialect.",
        "前置库的表缺少约定的列",
        "Ask the vendor to add the column, empty where there is nothing.",
        False,
    ),
    "PULL-STATEMENT": Fault(
        "The front-end database could not do a query.",
        "前置库查询失败",
        "Ask the hospital to look at the log of the database; the next night tries again.",
        True,
    ),
}


class Unreachable(OSError):
    """A point cannot be read now, and is left for another night. No value of a patient stands in it.

    code: of FAULTS.   where: host, path, table or page; never a secret.   after: seconds to wait before trying again, where
    the point asked for them."""

    def __init__(self, code: str, where: str = "", after: float = 0.0) -> None:
        self.code, self.where, self.after = code, where, after
        self.fault = FAULTS[code]
        super().__init__(0, self.sentence)

    @property
    def sentence(self) -> str:
        """Code, what is wrong, where, and what to do."""
        place = f" ({self.where})" if self.where else ""
        return f"{self.code}: {self.fault.says}{place} {self.fault.do}"

    def __reduce__(self) -> tuple[type[Unreachable], tuple[str, str, float]]:
        return type(self), (self.code, self.where, self.after)
