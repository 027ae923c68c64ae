from __future__ import annotations

import pytest

from assistant.answertype import has_what_is_asked


@pytest.mark.parametrize(
    ("question", "text", "has"),
    [
        ("How much did it cost?", "It cost 12 yuan.", True),
        ("How much did it cost?", "It was thought dear.", False),
        ("How much did the 12 bridges cost?", "The 12 bridges were dear.", False),
        ("How many workers are there?", "Dozens of workers came.", True),
        ("What share of the chips was made at home?", "Most of the chips were.", True),
        ("What share of the chips was made at home?", "The chips were made at home.", False),
        ("When did it open?", "It opened in June.", True),
        ("When did it open?", "It opened with a band.", False),
        ("When did it open?", "It opened after the flood.", True),
        ("In which year did it open?", "It opened in 1998.", True),
        ("Who won?", "Maria Kwok won.", True),
        ("Who won?", "the vote was close.", False),
        ("Who banned the app?", "India banned the app on Monday.", True),
        ("Who won, Li or Chen?", "Chen won by a wide margin.", True),
        ("Which company, Huawei or ZTE, won it?", "The contract went to ZTE.", True),
        ("Who is Cen Yuhe?", "Cen Yuhe is a retired chemist.", True),
        ("What do companies pay in tax?", "They pay 25 percent in tax.", True),
        ("What are banks doing about fraud?", "They check more.", True),
        ("How many children does he have?", "He has one daughter.", True),
        ("How many people died?", "Nobody died.", True),
        ("How many of the two bridges were closed?", "Both bridges were closed.", True),
        ("How long will the road be closed?", "It is closed until June.", True),
        ("How often do the trains run?", "They run hourly.", True),
        ("How long did the strike last?", "It was fierce.", False),
        ("When can police search a phone?", "They may only with a warrant.", True),
        ("When was it?", "It was on Christmas Eve.", True),
        ("Who won the Kestrel prize?", "The Kestrel prize was given on Monday.", False),
        ("Which company won the contract?", "The Chinese government has built 700 laboratories.", False),
        ("Which company won the contract?", "Kestrel Homes won it.", True),
        ("Which supplier built Muheng's network?", "Muheng's port built a network for 34 cranes.", False),
        ("Which supplier built Muheng's network?", "The network was built by Tessenaar.", True),
        ("Which Chinese chip and genome companies were listed?", "Chinese chip and genome companies were listed.", False),
        ("Which Chinese chip and genome companies were listed?", "Lanqu and Beiqiong were listed.", True),
        ("Which supplier built Muheng's network?", "Since January the port there has built a network.", False),
        ("How much of what small firms spent was lost?", "A third was.", True),
        ("Which taxes hurt small companies?", "Those on land do.", True),
        ("What must small companies pay?", "They pay a tenth of it.", True),
        ("And who leads it?", "It is led by Cen Yuhe.", True),
        ("Why did it close?", "It rained.", True),
        ("What is made there?", "Boots.", True),
        ("How did it close?", "Slowly.", True),
        ("桥造价多少？", "很贵。", False),
        ("桥造价多少？", "8450万元。", True),
        ("桥造价多少？", "It cost 84.5 million yuan.", True),
        ("2021年有几家公司？", "2021年有公司。", False),
        ("大桥何时通车？", "它有两条路。", False),
        ("大桥何时通车？", "明年六月通车。", True),
        ("大桥何时通车？", "It opens in June.", True),
        ("他是哪一年上任的？", "“芯片”一词从2次增加到17次，与往年不同。", False),
        ("为什么关闭？", "下雨了。", True),
    ],
)
def test_a_quotation_has_the_kind_of_thing_that_is_asked_for(question: str, text: str, has: bool) -> None:
    assert has_what_is_asked(question, text) is has
